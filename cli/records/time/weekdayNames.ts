/** Names of weekdays in the languages of `monthNames.ts`, lower-cased, without a trailing full stop. */
const spellings: readonly string[] = [
  "mon monday mo montag lun lundi lunes lunedì lunedi seg segunda segunda-feira ma maandag mån måndag man mandag",
  "tue tues tuesday di dienstag mar mardi martes martedì martedi ter terça terça-feira di dinsdag tis tisdag tir tirs tirsdag",
  "wed wednesday mi mittwoch mer mercredi mié mie miércoles miercoles mercoledì mercoledi qua quarta quarta-feira wo woensdag ons onsdag",
  "thu thur thurs thursday do donnerstag jeu jeudi jue jueves gio giovedì giovedi qui quinta quinta-feira donderdag tor tors torsdag",
  "fri friday fr freitag ven vendredi vie viernes venerdì venerdi sex sexta sexta-feira vr vrijdag fre fredag",
  "sat saturday sa samstag sonnabend sam samedi sáb sab sábado sabado sabato za zaterdag lör lørdag lördag lør",
  "sun sunday so sonntag dim dimanche dom domingo domenica zo zondag sön söndag søn søndag",
];

const weekdayByName: ReadonlyMap<string, number> = new Map(
  spellings.flatMap((names, index) => names.split(" ").map((name) => [name, index + 1] as const)),
);

/** 1 Monday … 7 Sunday, or undefined for a word that is no weekday. */
export function weekdayNamed(word: string): number | undefined {
  return weekdayByName.get(word.toLowerCase().replace(/\.$/, ""));
}
