/** Two years of viewing: few channels and videos have most of the views, and new ones have their weeks. */
import { spreadOverHours, HOUR_MS, historyHours, type LoadShape } from "./calendarLoad.js";
import { channelName, subjects, videoTitle, viewerName, type Subject } from "./names.js";
import { randomFrom, zipf, type Random } from "./random.js";
import type { Ledger, WatchRow } from "./record.js";
import type { DemoTenant } from "./tenants.js";

type Video = {
  videoId: string;
  title: string;
  channel: string;
  subject: Subject;
  topics: string[];
  /** Length in seconds. */
  length: number;
  /** Hour of history from which it can be watched. */
  from: number;
};

const load: Omit<LoadShape, "timezone"> = {
  growth: 2.4,
  months: [1.08, 1.02, 1, 0.96, 0.92, 0.86, 0.82, 0.86, 0.98, 1.04, 1.12, 1.24],
  weekdays: [0.9, 0.88, 0.9, 0.95, 1.08, 1.22, 1.2],
  hours: [
    ...[0.45, 0.22, 0.12, 0.08, 0.07, 0.1, 0.25, 0.5, 0.62, 0.6, 0.58, 0.66],
    ...[0.85, 0.8, 0.7, 0.74, 0.86, 1.05, 1.35, 1.7, 1.95, 1.9, 1.45, 0.85],
  ],
};

/** Share of views that go to what came out lately. */
const noveltyShare = 0.35;
const novelVideos = 24;

/** The tenant's viewing history up to `end` (epoch ms). The same arguments give the same rows. */
export function watchLedger(
  tenant: DemoTenant,
  records: number,
  end: number,
  seed: string,
): Ledger<WatchRow> {
  const random = randomFrom(`${seed}/${tenant.tenantId}/watch`);
  const videos = library(tenant, random);
  const drawVideo = zipf(videos.length, 0.9);
  const drawNovelty = zipf(novelVideos, 1.1);
  const drawViewer = zipf(tenant.viewers, 0.6);
  const popularity = shuffled(videos.length, random);
  const hours = spreadOverHours(records, end, { ...load, timezone: tenant.timezone }, random);

  const rows: WatchRow[] = [];
  let released = 0;
  hours.forEach(({ start, count }, hour) => {
    while (released < videos.length && videos[released]!.from <= hour) released += 1;
    // The audience grows: later hours know more viewers.
    const known = Math.ceil(tenant.viewers * (0.4 + (0.6 * hour) / historyHours));
    const span = Math.min(HOUR_MS, end - start);
    const times = Array.from({ length: count }, () => start + random.below(span));
    for (const watchedAt of times.sort((a, b) => a - b)) {
      const novel = random.chance(noveltyShare);
      const at = novel ? -1 : popularity[drawVideo(random)]!;
      // What has not come out yet cannot be watched: the view goes to something new instead.
      const watched = at >= 0 && at < released ? at : released - 1 - drawNovelty(random);
      rows.push(
        view(
          videos[Math.max(0, watched)]!,
          viewerName(drawViewer(random, known) + tenant.nameOffset),
          watchedAt,
          rows.length,
        ),
      );
    }
  });

  function view(video: Video, viewer: string, watchedAt: number, index: number): WatchRow {
    const { videoId, title, channel, subject, topics, length } = video;
    const share = Math.min(1, Math.max(0.02, 0.62 + 0.3 * random.normal()));
    return {
      key: `demo:${index}`,
      videoId,
      title,
      channel,
      topics,
      category: subject.category,
      viewer,
      watchedAt,
      durationSeconds: Math.max(5, Math.round(length * share)),
    };
  }

  return { rows: rows.length, groups: rows.length, group: (index) => [rows[index]!] };
}

/** Which video has which rank: popular and old are not the same. */
function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let at = count - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}

function library(tenant: DemoTenant, random: Random): Video[] {
  const drawChannel = zipf(tenant.channels, 0.7);
  const perSubject = new Map<Subject, number>();
  return Array.from({ length: tenant.videos }, (_, index) => {
    const channelIndex = drawChannel(random);
    const subject = subjects[channelIndex % subjects.length]!;
    const number = perSubject.get(subject) ?? 0;
    perSubject.set(subject, number + 1);
    const topics = new Set(
      Array.from({ length: 1 + random.below(3) }, () => topicOf(subject, random)),
    );
    return {
      videoId: `${tenant.tenantId}-v${String(index + 1).padStart(4, "0")}`,
      title: videoTitle(subject, number),
      channel: channelName(channelIndex + tenant.nameOffset),
      subject,
      topics: [...topics],
      length: Math.round(240 * Math.exp(0.9 + 0.7 * random.normal())),
      // A third of the library was there from the start; the rest comes out over time, in order.
      from: Math.max(0, Math.round(historyHours * ((index / tenant.videos) * 1.5 - 0.5))),
    };
  });
}

function topicOf(subject: Subject, random: Random): string {
  return subject.topics[random.below(subject.topics.length)]!;
}
