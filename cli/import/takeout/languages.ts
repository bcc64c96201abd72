/**
 * What "Watched X" is in the languages of Takeout. A history is written in one language, so its own
 * entries tell which: a title may by chance hold the words of another one.
 */

/** A title's line, with the title as its only group. */
type Pattern = RegExp;

const patterns: Readonly<Record<string, readonly Pattern[]>> = {
  en: [/^Watched (.+)$/s],
  de: [/^(.+) angesehen$/s, /^Du hast angesehen:? (.+)$/s],
  fr: [/^Vous avez regardé (.+)$/s],
  es: [/^Has visto (.+)$/s, /^(?:Viste|Miraste) (.+)$/s],
  it: [/^Hai guardato (.+)$/s],
  pt: [/^Você assistiu a (.+)$/s, /^Assistiu a (.+)$/s],
  nl: [/^(.+) bekeken$/s, /^Je hebt gekeken naar (.+)$/s],
  sv: [/^Tittade på (.+)$/s, /^Du har tittat på (.+)$/s],
  da: [/^Så (?!på )(.+)$/s],
  nb: [/^Så på (.+)$/s],
  pl: [/^Obejrzano:? (.+)$/s],
  ru: [/^Вы посмотрели видео "(.+)"$/s],
  tr: [/^(.+) izlendi$/s],
  id: [/^Menonton (.+)$/s, /^Telah menonton (.+)$/s],
  ja: [/^「?(.+?)」? ?を視聴しました$/s],
  ko: [/^(.+) ?을\(를\) 시청했습니다\.?$/s],
  zh: [/^(?:已)?(?:观看|觀看)了? ?(.+)$/s],
};

/** `Watched *`, with the title where the star is. */
export function patternOf(text: string): Pattern {
  const [before = "", after = ""] = text
    .split("*")
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${before}(.+)${after}$`, "s");
}

/** The patterns of the languages that most of these lines are in; of all languages where none is. */
export function patternsOf(lines: readonly string[]): readonly (readonly Pattern[])[] {
  const all = Object.values(patterns).map((language) => ({
    language,
    count: lines.filter((line) => titleIn(language, line) !== undefined).length,
  }));
  const most = Math.max(...all.map(({ count }) => count));
  return all.filter(({ count }) => count === most).map(({ language }) => language);
}

export type TitleResult =
  | { kind: "watched"; title: string }
  /** Another activity, or in a language that is not known here. */
  | { kind: "other" }
  /** Languages that are equally likely read different titles. */
  | { kind: "ambiguous" };

/** What a line says in the language of its history. */
export function readTitle(languages: readonly (readonly Pattern[])[], line: string): TitleResult {
  const titles = languages.map((language) => titleIn(language, line));
  const [title, ...others] = new Set(titles.filter((one) => one !== undefined));
  if (title === undefined) return { kind: "other" };
  return others.length === 0 ? { kind: "watched", title } : { kind: "ambiguous" };
}

function titleIn(language: readonly Pattern[], line: string): string | undefined {
  for (const pattern of language) {
    const title = pattern.exec(line)?.[1];
    if (title !== undefined) return title;
  }
  return undefined;
}
