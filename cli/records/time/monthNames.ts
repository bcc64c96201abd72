/**
 * Month names as exported files spell them: English, and the other languages that the large video
 * services export in. Names are matched lower-cased, without a trailing full stop.
 */
const spellings: readonly string[] = [
  "jan january januar januari jänner janv janvier ene enero gen gennaio janeiro",
  "feb february februar februari févr février febrero febbraio fev fevereiro",
  "mar march märz mär mrz mars marzo março mrt maart marts",
  "apr april avr avril abr abril aprile",
  "may mai mayo maggio mag maio mei maj",
  "jun june juni juin junio giu giugno junho",
  "jul july juli juil juillet julio lug luglio julho",
  "aug august août aout ago agosto augustus augusti",
  "sep sept september septembre septiembre set settembre setembro",
  "oct october okt oktober octobre octubre ott ottobre out outubro",
  "nov november novembre noviembre novembro",
  "dec december dez dezember déc décembre dic diciembre dicembre dezembro des desember",
];

const monthByName: ReadonlyMap<string, number> = new Map(
  spellings.flatMap((names, index) => names.split(" ").map((name) => [name, index + 1] as const)),
);

/** 1–12, or undefined for a word that is no month. */
export function monthNamed(word: string): number | undefined {
  return monthByName.get(word.toLowerCase().replace(/\.$/, ""));
}
