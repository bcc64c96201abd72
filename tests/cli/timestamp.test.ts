/**
 * Timestamps as exports spell them, one row per spelling: what is understood, and to which instant;
 * what is refused, and by which name.
 */
import { describe, expect, test } from "vitest";
import { provesUnixEpoch, type EpochUnit } from "../../cli/records/time/epochText.js";
import { parseTimestamp, type DateOrder } from "../../cli/records/time/timestamp.js";

/** The present of these tests. Apple's clock shows 801,576,000 seconds. */
const now = Date.UTC(2026, 4, 27);

type Case = [text: string | number, expected: string, order?: DateOrder, zone?: string];

const understood: Record<string, Case[]> = {
  "epoch numbers, by magnitude": [
    ["1260759144", "2009-12-14T02:52:24.000Z"],
    [1260759144, "2009-12-14T02:52:24.000Z"],
    ["1260759144123", "2009-12-14T02:52:24.123Z"],
    [1260759144123, "2009-12-14T02:52:24.123Z"],
    ["1260759144123456", "2009-12-14T02:52:24.123Z"],
    ["1260759144123456789", "2009-12-14T02:52:24.123Z"],
    ["1260759144.5", "2009-12-14T02:52:24.500Z"],
    ["1260759144.1239", "2009-12-14T02:52:24.123Z"],
    ["1260759144123.9", "2009-12-14T02:52:24.123Z"],
    ["-1260759144", "1930-01-18T21:07:36.000Z"],
    ["+1260759144", "2009-12-14T02:52:24.000Z"],
    ["801750000", "1995-05-29T12:20:00.000Z"],
    ["99999999999", "5138-11-16T09:46:39.000Z"],
    ["100000000000", "1973-03-03T09:46:40.000Z"],
  ],
  "ISO, with and without zone and fraction": [
    ["2012-07-27T10:00:00Z", "2012-07-27T10:00:00.000Z"],
    ["2012-07-27T10:00:00.5Z", "2012-07-27T10:00:00.500Z"],
    ["2012-07-27T10:00:00.123456Z", "2012-07-27T10:00:00.123Z"],
    ["2012-07-27T10:00:00,25Z", "2012-07-27T10:00:00.250Z"],
    ["2012-07-27T10:00Z", "2012-07-27T10:00:00.000Z"],
    ["2012-07-27t10:00:00z", "2012-07-27T10:00:00.000Z"],
    ["2012-07-27T10:00:00+02:00", "2012-07-27T08:00:00.000Z"],
    ["2012-07-27T10:00:00-0530", "2012-07-27T15:30:00.000Z"],
    ["2012-07-27T10:00:00-05", "2012-07-27T15:00:00.000Z"],
    ["2012-07-27T10:00:00+02:00[Europe/Berlin]", "2012-07-27T08:00:00.000Z"],
    ["2012-07-27T10:00:00[Europe/Berlin]", "2012-07-27T08:00:00.000Z"],
    ["20120727T100000Z", "2012-07-27T10:00:00.000Z"],
    ["20120727T100000.250+0200", "2012-07-27T08:00:00.250Z"],
    ["2012-07-27T10:00:00", "2012-07-27T14:00:00.000Z"],
    ["2012-07-27 10:00:00", "2012-07-27T14:00:00.000Z"],
    ["2012-07-27", "2012-07-27T04:00:00.000Z"],
    ["2012-7-5", "2012-07-05T04:00:00.000Z"],
    ["2012/07/27", "2012-07-27T04:00:00.000Z"],
    ["2012-07-27T24:00:00", "2012-07-28T04:00:00.000Z"],
    ["2012-12-31T24:00:00Z", "2013-01-01T00:00:00.000Z"],
    ["0100-03-01T00:00:00Z", "0100-03-01T00:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ],
  "zones by name and by offset": [
    ["2012-07-27 10:00:00 UTC", "2012-07-27T10:00:00.000Z"],
    ["2012-07-27 10:00:00 GMT", "2012-07-27T10:00:00.000Z"],
    ["2012-07-27 10:00:00 Z", "2012-07-27T10:00:00.000Z"],
    ["2012-07-27 10:00:00 +0200", "2012-07-27T08:00:00.000Z"],
    ["2012-07-27 10:00:00 GMT+2", "2012-07-27T08:00:00.000Z"],
    ["2012-07-27 10:00:00 UTC-03:30", "2012-07-27T13:30:00.000Z"],
    ["2012-07-27 10:00:00 \u221203:00", "2012-07-27T13:00:00.000Z"],
    ["2012-07-27 10:00:00 PDT", "2012-07-27T17:00:00.000Z"],
    ["2012-07-27 10:00:00 CEST", "2012-07-27T08:00:00.000Z"],
  ],
  "zones in any brackets and behind the time": [
    ["2024-03-05 09:15 (GMT+3)", "2024-03-05T06:15:00.000Z"],
    ["2024-03-05 09:15 [UTC-05:00]", "2024-03-05T14:15:00.000Z"],
    ["2024-03-05 9:15 [Europe/Paris]", "2024-03-05T08:15:00.000Z"],
    ["2024-03-05 9:15 (Europe/Paris)", "2024-03-05T08:15:00.000Z"],
    ["2024-03-05 9:15 {Europe/Paris}", "2024-03-05T08:15:00.000Z"],
    ["2024-03-05 9:15 <Asia/Kathmandu>", "2024-03-05T03:30:00.000Z"],
    ["2024-03-05 9:15 Europe/Paris", "2024-03-05T08:15:00.000Z"],
    ["2024-03-05T09:15:00(CET)", "2024-03-05T08:15:00.000Z"],
    ["5 Mar 2024, 9:15 PM (JST)", "2024-03-05T12:15:00.000Z"],
    ["Tue, 5 Mar 2024 09:15:00 -0600 (CST)", "2024-03-05T15:15:00.000Z"],
    ["Tue, 5 Mar 2024 09:15:00 +0000 (UTC)", "2024-03-05T09:15:00.000Z"],
    ["Tue Mar 05 2024 09:15 GMT+0100 (Mitteleuropäische Normalzeit)", "2024-03-05T08:15:00.000Z"],
    ["2024-03-05 (Europe/Paris)", "2024-03-04T23:00:00.000Z"],
    ["2024-03-05 10:20:00-11", "2024-03-05T21:20:00.000Z"],
    ["2024-03-05T10:20-11:00", "2024-03-05T21:20:00.000Z"],
    ["2024-03-05 10:20 -0500", "2024-03-05T15:20:00.000Z"],
    ["2024-03-05 10:20+05:30", "2024-03-05T04:50:00.000Z"],
  ],
  "day and month by the declared order": [
    ["27/07/2012", "2012-07-27T04:00:00.000Z", "dmy"],
    ["07/05/2012", "2012-05-07T04:00:00.000Z", "dmy"],
    ["07/05/2012", "2012-07-05T04:00:00.000Z", "mdy"],
    ["7/5/2012 15:04", "2012-07-05T19:04:00.000Z", "mdy"],
    ["07.05.2012 15:04:05", "2012-05-07T19:04:05.000Z", "dmy"],
    ["07-05-2012", "2012-05-07T04:00:00.000Z", "dmy"],
    ["27/07/12", "2012-07-27T04:00:00.000Z", "dmy"],
    ["7/27/99", "1999-07-27T04:00:00.000Z", "mdy"],
    ["12/07/27", "2012-07-27T04:00:00.000Z", "ymd"],
    ["20120727", "2012-07-27T04:00:00.000Z", "ymd"],
    ["20120727100000", "2012-07-27T14:00:00.000Z", "ymd"],
    ["201207271000", "2012-07-27T14:00:00.000Z", "ymd"],
    ["20120727100000250", "2012-07-27T14:00:00.250Z", "ymd"],
    ["1260759144", "2009-12-14T02:52:24.000Z", "dmy"],
    ["2012-07-05", "2012-07-05T04:00:00.000Z", "dmy"],
  ],
  "day and month without an order, where one reading is left": [
    ["27/07/2012", "2012-07-27T04:00:00.000Z"],
    ["07/27/2012", "2012-07-27T04:00:00.000Z"],
    ["05/05/2012", "2012-05-05T04:00:00.000Z"],
    ["27/07/2012", "2012-07-27T04:00:00.000Z", "ymd"],
  ],
  "months by name": [
    ["27 July 2012", "2012-07-27T04:00:00.000Z"],
    ["July 27, 2012", "2012-07-27T04:00:00.000Z"],
    ["July 27th, 2012 at 3:04 PM EST", "2012-07-27T20:04:00.000Z"],
    ["27-Jul-2012", "2012-07-27T04:00:00.000Z"],
    ["27-Jul-12 10:00:00", "2012-07-27T14:00:00.000Z"],
    ["27/Jul/2012:10:00:00 +0000", "2012-07-27T10:00:00.000Z"],
    ["Fri, 27 Jul 2012 10:00:00 GMT", "2012-07-27T10:00:00.000Z"],
    ["Fri Jul 27 10:00:00 2012", "2012-07-27T14:00:00.000Z"],
    ["Fri Jul 27 10:00:00 UTC 2012", "2012-07-27T10:00:00.000Z"],
    [
      "Fri Jul 27 2012 10:00:00 GMT+0200 (Central European Summer Time)",
      "2012-07-27T08:00:00.000Z",
    ],
    ["Freitag, 27. Juli 2012 um 17:04", "2012-07-27T21:04:00.000Z"],
    ["5 de jul. de 2012, 17:04:05 CEST", "2012-07-05T15:04:05.000Z"],
    ["5 juil. 2012 à 17:04:05 UTC+2", "2012-07-05T15:04:05.000Z"],
    ["5. März 2012", "2012-03-05T05:00:00.000Z"],
    ["mar. 5 mars 2024 09:15 CET", "2024-03-05T08:15:00.000Z"],
    ["Mar 5, 2024", "2024-03-05T05:00:00.000Z"],
    ["terça-feira, 5 de março de 2024", "2024-03-05T05:00:00.000Z"],
    ["di 5 mrt 2024", "2024-03-05T05:00:00.000Z"],
    ["the 5th of March 2024", "2024-03-05T05:00:00.000Z"],
    ["tisdag 5 mars 2024", "2024-03-05T05:00:00.000Z"],
    ["2012年7月5日 17:04:05", "2012-07-05T21:04:05.000Z"],
  ],
  "12-hour clocks": [
    ["Jul 27, 2012, 3:04:05 PM", "2012-07-27T19:04:05.000Z"],
    ["Jul 27, 2012, 3:04:05\u202fPM", "2012-07-27T19:04:05.000Z"],
    ["Jul 27, 2012, 3:04:05\u202fp.\u00a0m.", "2012-07-27T19:04:05.000Z"],
    ["Jul 27, 2012, 3:04:05 a.m. UTC", "2012-07-27T03:04:05.000Z"],
    ["Jul 27, 2012, 12:00:00 AM", "2012-07-27T04:00:00.000Z"],
    ["Jul 27, 2012, 12:00:00 PM", "2012-07-27T16:00:00.000Z"],
    ["Jul 27, 2012, 12:59 am", "2012-07-27T04:59:00.000Z"],
    ["7/27/2012 3 PM", "2012-07-27T19:00:00.000Z", "mdy"],
    ["7/27/2012 11:59:59PM", "2012-07-28T03:59:59.000Z", "mdy"],
  ],
  "what surrounds a value in a file": [
    ["  2012-07-27T10:00:00Z ", "2012-07-27T10:00:00.000Z"],
    ['"2012-07-27T10:00:00Z"', "2012-07-27T10:00:00.000Z"],
    ["\ufeff2012-07-27T10:00:00Z", "2012-07-27T10:00:00.000Z"],
    ["\u200e27/07/2012", "2012-07-27T04:00:00.000Z", "dmy"],
    ["27\u00a0July\u00a02012", "2012-07-27T04:00:00.000Z"],
  ],
  "local times around changes of the clock": [
    ["2024-03-10 01:59:59", "2024-03-10T06:59:59.000Z"],
    ["2024-03-10 03:00:00", "2024-03-10T07:00:00.000Z"],
    ["2024-11-03 00:59:59", "2024-11-03T04:59:59.000Z"],
    ["2024-11-03 02:00:00", "2024-11-03T07:00:00.000Z"],
    ["2024-11-03 01:30:00 EST", "2024-11-03T06:30:00.000Z"],
    ["2024-11-03", "2024-11-03T04:00:00.000Z"],
    ["2018-11-04", "2018-11-04T03:00:00.000Z", undefined, "America/Sao_Paulo"],
    ["2024-11-03", "2024-11-03T04:00:00.000Z", undefined, "America/Havana"],
    ["2011-12-31", "2011-12-30T10:00:00.000Z", undefined, "Pacific/Apia"],
    ["2024-07-27 10:00", "2024-07-27T04:15:00.000Z", undefined, "Asia/Kathmandu"],
    ["1880-01-01", "1879-12-31T23:06:32.000Z", undefined, "Europe/Berlin"],
  ],
};

const refused: [text: string, code: string, order?: DateOrder, zone?: string][] = [
  ["07/05/2012", "AmbiguousDate"],
  ["07/05/2012", "AmbiguousDate", "ymd"],
  ["27/07/12", "AmbiguousDate"],
  ["20120727", "AmbiguousDate"],
  ["20120727100000", "AmbiguousDate", "dmy"],
  ["2012-07-27 10:00:00 CST", "AmbiguousDate"],
  ["2024-11-03 01:30:00", "AmbiguousDate"],
  ["2024-10-27 02:30:00", "AmbiguousDate", undefined, "Europe/Berlin"],
  ["31/02/2012", "ImpossibleDate"],
  ["31/02/2012", "ImpossibleDate", "dmy"],
  ["29/02/2023", "ImpossibleDate", "dmy"],
  ["2023-02-29", "ImpossibleDate"],
  ["1900-02-29", "ImpossibleDate"],
  ["0001-01-01 00:00:00", "ImpossibleDate"],
  ["9999-12-31", "ImpossibleDate"],
  ["2012-13-01", "ImpossibleDate"],
  ["2012-00-01", "ImpossibleDate"],
  ["2012-01-00", "ImpossibleDate"],
  ["13/13/2012", "ImpossibleDate"],
  ["07/27/2012", "ImpossibleDate", "dmy"],
  ["27/07/2012", "ImpossibleDate", "mdy"],
  ["31 June 2012", "ImpossibleDate"],
  ["2012-07-27 25:00", "ImpossibleDate"],
  ["2012-07-27 24:00:01", "ImpossibleDate"],
  ["2012-07-27 10:60", "ImpossibleDate"],
  ["2016-12-31T23:59:60Z", "ImpossibleDate"],
  ["Jul 27, 2012, 13:04 PM", "ImpossibleDate"],
  ["Jul 27, 2012, 0:04 AM", "ImpossibleDate"],
  ["2012-07-27 10:00 +15:00", "ImpossibleDate"],
  ["2024-03-10 02:30:00", "ImpossibleDate"],
  ["2024-03-31 02:00:00", "ImpossibleDate", undefined, "Europe/Berlin"],
  ["2011-12-30", "ImpossibleDate", undefined, "Pacific/Apia"],
  ["2011-12-30 12:00", "ImpossibleDate", undefined, "Pacific/Apia"],
  ["2024-03-05 10:20-11:20", "AmbiguousDate"],
  ["2024-03-05 10:20-11:00", "AmbiguousDate"],
  ["2024-03-05 22:00-06:00", "AmbiguousDate"],
  ["2024-03-05 10:20 -11:20", "AmbiguousDate"],
  ["2024-03-05 10:20\u221211:20", "AmbiguousDate"],
  ["2024-03-05 9:00-11", "AmbiguousDate"],
  ["2024-03-05 10:20 - 11:20", "UnknownFormat"],
  ["2024-03-05 10:20\u201311:20", "UnknownFormat"],
  ["2024-03-05 10:20 to 11:20", "UnknownFormat"],
  ["2024-03-05 10:20/11:20", "UnknownFormat"],
  ["5-7 Mar 2024", "UnknownFormat"],
  ["5 Mar 2024 - 7 Mar 2024", "UnknownFormat"],
  ["2024-03-05/2024-03-07", "UnknownFormat"],
  ["2024-03-05 09:15 (approx)", "UnknownFormat"],
  ["2024-03-05 09:15 (GMT+3", "UnknownFormat"],
  ["2024-03-05 09:15 [Nowhere/Land]", "UnknownFormat"],
  ["2024-03-05 09:15 (Moscow time)", "UnknownFormat"],
  ["2024-03-05 09:15 (CST)", "AmbiguousDate"],
  ["2024-03-05T09:15:00+02:00[America/New_York]", "ImpossibleDate"],
  ["2024-03-05 09:15 +02:00 (GMT+3)", "ImpossibleDate"],
  ["2024-03-05 (draft)", "UnknownFormat"],
  ["not before 5 Mar 2024", "UnknownFormat"],
  ["before 5 Mar 2024", "UnknownFormat"],
  ["circa 5 Mar 2024", "UnknownFormat"],
  ["circa 5 March 2024 10:00", "UnknownFormat"],
  ["c. 5 Mar 2024", "UnknownFormat"],
  ["ab 5. März 2024", "UnknownFormat"],
  ["vers le 5 mars 2024", "UnknownFormat"],
  ["after the 5th of March 2024", "UnknownFormat"],
  ["~5 Mar 2024", "UnknownFormat"],
  ["5 Mar 2024?", "UnknownFormat"],
  ["<5 Mar 2024", "UnknownFormat"],
  ["> 2024-03-05", "UnknownFormat"],
  ["2024-03-05 ca. 10:00", "UnknownFormat"],
  ["5 Mar 2024 10:00 or so", "UnknownFormat"],
  ["Friday, 5 Mar 2024", "ImpossibleDate"],
  ["lundi 5 mars 2024", "ImpossibleDate"],
  // Apple's reference date, FILETIME, .NET ticks and WebKit, of 2021 to 2026.
  ["631152000", "AmbiguousDate"],
  ["720000000.5", "AmbiguousDate"],
  ["800000000", "AmbiguousDate"],
  ["720000000000000000", "AmbiguousDate"],
  ["133500000000000000", "AmbiguousDate"],
  ["638400000000000000", "AmbiguousDate"],
  ["13350000000000000", "UnknownFormat"],
  ["2024072710", "AmbiguousDate"],
  ["202407271000", "AmbiguousDate"],
  ["202407271000", "AmbiguousDate", "dmy"],
  ["", "UnknownFormat"],
  ["   ", "UnknownFormat"],
  ["hello", "UnknownFormat"],
  ["yesterday", "UnknownFormat"],
  ["2012", "UnknownFormat"],
  ["41117.4166", "UnknownFormat"],
  ["0", "UnknownFormat"],
  ["100000000000000000000", "UnknownFormat"],
  ["1.26E+09", "UnknownFormat"],
  ["27 July", "UnknownFormat"],
  ["July 2012", "UnknownFormat"],
  ["12:30", "UnknownFormat"],
  ["27/07-2012", "UnknownFormat", "dmy"],
  ["May or June 5 2012", "UnknownFormat"],
  ["2012-07-27 10:00:00 Foo", "UnknownFormat"],
  ["2012-07-27T10:00:00[Nowhere/Land]", "UnknownFormat"],
  ["2012-07-27T10:00:00Z trailing", "UnknownFormat"],
];

describe("parseTimestamp", () => {
  for (const [group, cases] of Object.entries(understood)) {
    test.each(cases)(`${group}: %j is %s (%s, %s)`, (text, expected, order, zone) => {
      const result = parseTimestamp(text, { order, zone: zone ?? "America/New_York", now });
      expect(result.ok ? new Date(result.ms).toISOString() : result).toBe(expected);
    });
  }

  test.each(refused)("refuses %j as %s (%s, %s)", (text, code, order, zone) => {
    const result = parseTimestamp(text, { order, zone: zone ?? "America/New_York", now });
    expect(result).toEqual({ ok: false, code, message: expect.any(String) });
  });

  test("numbers that are no finite time are refused, not turned into NaN", () => {
    for (const input of [Number.NaN, Infinity, -Infinity, 0, 12, 1e21])
      expect(parseTimestamp(input, { zone: "UTC", now })).toMatchObject({ code: "UnknownFormat" });
  });

  test.each<[text: string | number, epoch: EpochUnit, expected: string]>([
    ["631152000", "apple", "2021-01-01T00:00:00.000Z"],
    ["631152000.25", "apple", "2021-01-01T00:00:00.250Z"],
    [631152000, "s", "1990-01-01T00:00:00.000Z"],
    ["133500000000000000", "filetime", "2024-01-17T21:20:00.000Z"],
    ["638400000000000000", "ticks", "2024-01-04T21:20:00.000Z"],
    ["13350000000000000", "webkit", "2024-01-17T21:20:00.000Z"],
    ["20240727", "s", "1970-08-23T06:25:27.000Z"],
    [1000, "ms", "1970-01-01T00:00:01.000Z"],
    ["-1", "us", "1969-12-31T23:59:59.999Z"],
    ["638400000000000001", "ns", "1990-03-25T21:20:00.000Z"],
  ])("%j with --epoch %s is %s", (text, epoch, expected) => {
    const result = parseTimestamp(text, { epoch, zone: "UTC", now });
    expect(result.ok ? new Date(result.ms).toISOString() : result).toBe(expected);
  });

  test("a column that proves to count from 1970 settles its small numbers, too", () => {
    expect(provesUnixEpoch("1260759144", now)).toBe(true);
    expect(provesUnixEpoch("1700000000000000000", now)).toBe(true);
    for (const text of ["801576000", "-1260759144", "1700000000000", "2024-03-05", "5", "1e9"]) {
      expect(provesUnixEpoch(text, now), text).toBe(false);
    }
    const unix = { unixEpoch: true, zone: "UTC", now };
    expect(parseTimestamp("631152000", unix)).toEqual({ ok: true, ms: 631_152_000_000 });
    expect(parseTimestamp("100000000", unix)).toEqual({ ok: true, ms: 100_000_000_000 });
  });

  test("an abbreviation of several zones is read as its owner says", () => {
    const zoneNames = new Map([["CST", "America/Chicago"]]);
    const options = { zone: "UTC", now, zoneNames };
    expect(parseTimestamp("2024-03-05 09:15 CST", options)).toMatchObject({
      ms: Date.UTC(2024, 2, 5, 15, 15),
    });
    expect(parseTimestamp("Jul 5, 2024, 9:15 AM (CST)", options)).toMatchObject({
      ms: Date.UTC(2024, 6, 5, 14, 15),
    });
  });

  test("a text that needs the default zone says its wall clock, and no other does", () => {
    const read = (text: string) => parseTimestamp(text, { zone: "Europe/Berlin", now });
    expect(read("27/07/2012 10:00")).toMatchObject({ local: "2012-07-27T10:00:00.000" });
    expect(read("July 27, 2012")).toMatchObject({ local: "2012-07-27T00:00:00.000" });
    for (const text of ["2012-07-27T10:00Z", "2012-07-27 10:00 Europe/Berlin", "1343383200"]) {
      expect(read(text)).not.toHaveProperty("local");
    }
  });

  test("every hour of two years, written in local time with its offset, comes back as it was", () => {
    const start = Date.UTC(2023, 0, 1);
    for (let hour = 0; hour < 2 * 365 * 24; hour += 1) {
      const ms = start + hour * 3_600_000;
      const text = new Date(ms).toISOString();
      expect(parseTimestamp(text, { zone: "Europe/Berlin", now })).toEqual({ ok: true, ms });
    }
  });

  test("an unknown zone is the caller's mistake, not the row's", () => {
    expect(() => parseTimestamp("2012-07-27 10:00", { zone: "Nowhere/Land", now })).toThrow(
      expect.objectContaining({ code: "UnknownZone" }),
    );
  });
});
