/** Histories of Takeout, as JSON and as HTML: what counts as a watch, in any language, and what does not. */
import { describe, expect, test } from "vitest";
import { readRecords } from "../../cli/import/recordSource.js";
import { collect, growth, GROWTH_MAX, inPieces } from "./support.js";

async function read(
  text: string,
  { watched, size = 13 }: { watched?: string; size?: number } = {},
) {
  const source = await readRecords(
    { name: "file", text: () => inPieces(text, size) },
    {
      ...{ quote: '"', skipLines: 0, header: true, rows: undefined, watched, tenantId: "acme" },
      ...{ histories: true, mapped: false, fieldsIn: () => 0, isRow: () => false },
    },
  );
  const records = await collect(source.records);
  return {
    origin: source.origin,
    found: records.map((record) => (record.kind === "record" ? record.cells : record.code)),
  };
}

const watched = {
  header: "YouTube",
  title: "Watched A Quiet Walk",
  titleUrl: "https://www.youtube.com/watch?v=abc123DEF_-",
  subtitles: [{ name: "Slow Trails", url: "https://www.youtube.com/channel/x" }],
  time: "2024-05-01T10:00:00.123Z",
  products: ["YouTube"],
};

const found = async (...entries: object[]) => (await read(JSON.stringify(entries, null, 2))).found;

describe("entries", () => {
  test("a watch becomes the cells of a watch row", async () => {
    const expected = {
      videoId: "abc123DEF_-",
      title: "A Quiet Walk",
      channel: "Slow Trails",
      category: "YouTube",
      watchedAt: "2024-05-01T10:00:00.123Z",
    };
    expect(await found(watched)).toEqual([expected]);
    const minified = JSON.stringify([watched]).replaceAll("v=", "v\\u003d");
    expect(await read(minified)).toEqual({ origin: "takeout", found: [expected] });
  });

  test("music, and videos that are gone, keep what is known", async () => {
    expect(
      await found(
        { ...watched, header: "YouTube Music" },
        { ...watched, title: `Watched ${watched.titleUrl}`, subtitles: undefined },
      ),
    ).toMatchObject([
      { category: "YouTube Music" },
      { title: undefined, channel: undefined, videoId: "abc123DEF_-" },
    ]);
  });

  test.each([
    "Von Google Anzeigen",
    "From Google Ads",
    "Da annunci Google",
    "Provenant de Google Ads",
    "Google 広告から",
  ])("an ad is told by its details, in any language: %s", async (name) => {
    expect(await found({ ...watched, details: [{ name }] }, watched)).toMatchObject([
      { category: "Ads" },
      { category: "YouTube" },
    ]);
    expect(await found({ ...watched, details: [] })).toMatchObject([{ category: "YouTube" }]);
  });

  test.each([
    ["Liked A Quiet Walk", undefined],
    ["Disliked A Quiet Walk", undefined],
    ["Saved A Quiet Walk", undefined],
    ["Shared A Quiet Walk", undefined],
    ["Commented on A Quiet Walk", undefined],
    ["Added to Watch later A Quiet Walk", undefined],
    ["Subscribed to Slow Trails", "https://www.youtube.com/channel/UCabcdef"],
    ["Searched for walks", "https://www.youtube.com/results?search_query=walks"],
    ["Viewed a post", "https://www.youtube.com/post/Ugkxabcdef"],
    ["Watched a story", "https://www.youtube.com/story/abcdef"],
    ["Watched a playlist", "https://www.youtube.com/playlist?list=abcdefgh"],
    ["Watched Elsewhere", "https://vimeo.example/watch?v=abcdefgh"],
    ["Watched Elsewhere", "https://notyoutube.com/watch?v=abcdefgh"],
    ["Watched Elsewhere", "https://youtube.com.evil.example/watch?v=abcdefgh"],
    ["Watched Elsewhere", "https://example.com/?u=https://www.youtube.com/watch?v=abcdefgh"],
    ["Watched Elsewhere", "https://www.youtube.com/redirect?v=abcdefgh"],
    ["Watched Nothing", "https://www.youtube.com/watch?v="],
    ["Watched Nothing", "www.youtube.com/watch?v=abcdefgh"],
  ])("%s (%s) is no watch", async (title, titleUrl = watched.titleUrl) => {
    expect(await found(watched, { ...watched, title, titleUrl })).toMatchObject([
      { title: "A Quiet Walk" },
      "NotAWatch",
    ]);
  });

  test.each([
    "https://youtube.com/watch?v=abcdefgh",
    "https://m.youtube.com/watch?app=desktop&v=abcdefgh&t=10",
    "https://music.youtube.com/watch?v=abcdefgh",
    "https://www.youtube.com/shorts/abcdefgh",
    "https://www.youtube.com/live/abcdefgh?si=x",
    "https://www.youtube-nocookie.com/embed/abcdefgh",
    "https://youtu.be/abcdefgh?t=10",
    "HTTPS://WWW.YOUTUBE.COM/watch?v=abcdefgh",
  ])("a video is known by any of its addresses: %s", async (titleUrl) => {
    expect(await found({ ...watched, titleUrl })).toMatchObject([{ videoId: "abcdefgh" }]);
  });

  test("removed videos are set aside by name", async () => {
    const title = "Watched a video that has been removed";
    expect(await found({ ...watched, titleUrl: undefined, title }, watched)).toMatchObject([
      "RemovedVideo",
      { title: "A Quiet Walk" },
    ]);
  });
});

describe("languages", () => {
  test.each([
    ["A Quiet Walk angesehen", "Liked A Quiet Walk"],
    ["Has visto A Quiet Walk", "Te ha gustado A Quiet Walk"],
    ["Vous avez regardé A Quiet Walk", "Vous avez aimé A Quiet Walk"],
    ["Hai guardato A Quiet Walk", "Ti è piaciuto A Quiet Walk"],
    ["Você assistiu a A Quiet Walk", "Você gostou de A Quiet Walk"],
    ["A Quiet Walk bekeken", "A Quiet Walk leuk gevonden"],
    ["Tittade på A Quiet Walk", "Gillade A Quiet Walk"],
    ["Så på A Quiet Walk", "Likte A Quiet Walk"],
    ["「A Quiet Walk」を視聴しました", "「A Quiet Walk」を高く評価しました"],
    ['Вы посмотрели видео "A Quiet Walk"', 'Вы поставили отметку видео "A Quiet Walk"'],
  ])("the verb is taken off, and another verb is no watch: %s, %s", async (title, other) => {
    expect(await found({ ...watched, title }, { ...watched, title: other })).toMatchObject([
      { title: "A Quiet Walk" },
      "NotAWatch",
    ]);
  });

  test("only the verb of the history's own language is taken off", async () => {
    const titled = (title: string) => ({ ...watched, title });
    expect(
      await found(titled("Watched Als ich sie angesehen"), titled("Watched The Sea")),
    ).toMatchObject([{ title: "Als ich sie angesehen" }, { title: "The Sea" }]);
    expect(
      await found(titled("Watched Dogs angesehen"), titled("Das Meer angesehen")),
    ).toMatchObject([{ title: "Watched Dogs" }, { title: "Das Meer" }]);
    expect(await found(titled("Watched Watched"))).toMatchObject([{ title: "Watched" }]);
  });

  test("an entry that two languages read differently is refused where nothing else tells", async () => {
    const entry = { ...watched, title: "Watched Dogs angesehen" };
    expect(await found(entry)).toEqual(["UnknownActivity"]);
    const text = JSON.stringify([entry]);
    expect((await read(text, { watched: "* angesehen" })).found).toMatchObject([
      { title: "Watched Dogs" },
    ]);
    expect((await read(text, { watched: "Watched *" })).found).toMatchObject([
      { title: "Dogs angesehen" },
    ]);
  });

  test("a language that is not known is refused by entry until its words are given", async () => {
    const entries = [
      { ...watched, title: "Gledali ste A Quiet Walk" },
      { ...watched, title: "Svidjelo vam se A Quiet Walk" },
    ];
    expect(await found(...entries)).toEqual(["UnknownActivity", "UnknownActivity"]);
    const known = await read(JSON.stringify(entries), { watched: "Gledali ste *" });
    expect(known.found).toMatchObject([{ title: "A Quiet Walk" }, "NotAWatch"]);
  });
});

test("a JSON row with a title and a time is a row", async () => {
  const row = { title: "Watched A", time: "2024-05-01", titleUrl: watched.titleUrl };
  expect(await read(JSON.stringify([row]))).toEqual({ origin: "objects", found: [row] });
});

/** An entry as the HTML export writes it; all on one line, as there. */
function cell(lines: string[], caption: string[], header = "YouTube"): string {
  const divs = "mdl-cell mdl-cell--6-col mdl-typography--body-1";
  return (
    '<div class="outer-cell mdl-cell mdl-cell--12-col mdl-shadow--2dp"><div class="mdl-grid">' +
    `<div class="header-cell mdl-cell mdl-cell--12-col"><p class="mdl-typography--title">${header}<br></p></div>` +
    `<div class="content-cell ${divs}">${lines.map((line) => `${line}<br>`).join("")}</div>` +
    `<div class="content-cell ${divs} mdl-typography--text-right"></div>` +
    '<div class="content-cell mdl-cell mdl-cell--12-col mdl-typography--caption">' +
    `${caption.join("")}</div></div></div>`
  );
}

const page = (...cells: string[]) =>
  `<!DOCTYPE html><html><head><title>Mein Verlauf</title><style>.outer-cell{}</style></head>` +
  `<body><div class="mdl-grid">${cells.join("")}</div></body></html>`;

const link = (url: string, text: string) => `<a href="${url}">${text}</a>`;
const product = "<b>Produkte:</b><br> YouTube<br>";
const why = `<b>Warum ist das hier?</b><br> Gespeichert, weil … ${link("https://x", "hier")}.`;
const ad = "<b>Details:</b><br> Von Google Anzeigen<br>";
const channel = link("https://www.youtube.com/channel/UCabc", "Slow &amp; Steady");
const video = (id: string, title: string) => link(`https://www.youtube.com/watch?v=${id}`, title);

describe("the history as HTML", () => {
  const time = "05.03.2024, 21:15:23 MEZ";
  const html = page(
    cell(
      [`${video("abcdefgh1", "Ein &lt;ruhiger&gt; Weg")} angesehen`, channel, time],
      [product, why],
    ),
    cell([`${video("abcdefgh2", "Werbung")} angesehen`, channel, time], [product, ad, why]),
    cell([`${video("abcdefgh3", "Ein Lied")} angesehen`, time], [product], "YouTube Music"),
    cell(["Ein Video angesehen, das entfernt wurde", time], [product, why]),
    cell([`${video("abcdefgh4", "Ein Weg")} positiv bewertet`, channel, time], [product, why]),
    cell([`${link("https://www.youtube.com/post/Ug", "Beitrag")} angesehen`, time], [product, why]),
  );

  test("entries are read by their structure, in pieces of any size", async () => {
    for (const size of [1, 17, 100_000]) {
      expect(await read(html, { size })).toEqual({
        origin: "takeout",
        found: [
          {
            ...{ videoId: "abcdefgh1", title: "Ein <ruhiger> Weg", channel: "Slow & Steady" },
            ...{ category: "YouTube", watchedAt: time },
          },
          {
            ...{ videoId: "abcdefgh2", title: "Werbung", channel: "Slow & Steady" },
            ...{ category: "Ads", watchedAt: time },
          },
          {
            ...{ videoId: "abcdefgh3", title: "Ein Lied", channel: undefined },
            ...{ category: "YouTube Music", watchedAt: time },
          },
          ...["RemovedVideo", "NotAWatch", "NotAWatch"],
        ],
      });
    }
  });

  test("English entries with the verb before the title and a space that does not break", async () => {
    const entry = cell(
      [
        `Watched\u00a0${video("abcdefgh1", "A &quot;Walk&quot;")}`,
        channel,
        "Mar 5, 2024, 9:15:23\u202fPM CET",
      ],
      ["<b>Products:</b><br>\u2003YouTube<br>", why],
    );
    expect((await read(page(entry))).found).toEqual([
      {
        ...{ videoId: "abcdefgh1", title: 'A "Walk"', channel: "Slow & Steady" },
        ...{ category: "YouTube", watchedAt: "Mar 5, 2024, 9:15:23 PM CET" },
      },
    ]);
  });

  test("another web page is refused by name", async () => {
    await expect(read("<html><body>Hello</body></html>")).rejects.toMatchObject({
      code: "NotText",
    });
  });

  test("megabytes on one line take time in proportion", async () => {
    const entry = cell([`Watched ${video("abcdefgh1", "A Walk")}`, channel, time], [product, why]);
    const body = (count: number) =>
      read(page(...new Array<string>(count).fill(entry)), { size: 65_536 });
    expect(await growth(body, 500)).toBeLessThan(GROWTH_MAX);
  });
});
