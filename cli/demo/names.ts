/** Invented names: pleasant, plausible, and of no brand. */
import type { Random } from "./random.js";

const list = (text: string): readonly string[] => text.split(" ");

const places = list(
  "Willow Cedar Harbor Meadow Lantern Copper Juniper Orchard Pebble Saffron Tidal Marble Amber Birch Canyon Dune Ember Fern Grove Heron Ivory Kestrel Linden Maple Nimbus Olive Quarry Ridge Sable Thistle",
);
const formats = list(
  "Studio Journal Hour Workshop Stories Notes Kitchen Lab Club Atlas Radio Lane",
);

export type Subject = { category: string; topics: readonly string[]; titles: readonly string[] };

/** What channels are about; each video takes one to three of its subject's topics. */
export const subjects: readonly Subject[] = [
  {
    category: "Cooking",
    topics: list("Baking Vegetarian Seasonal Techniques Bread"),
    titles: [
      "A Slow Sunday Stew",
      "Five Ways with Fennel",
      "The Patient Loaf",
      "Broth from Scratch",
    ],
  },
  {
    category: "Science",
    topics: list("Astronomy Biology Physics Oceans Climate"),
    titles: ["Why Tides Wander", "The Quiet Sky", "Moss, Up Close", "Measuring a Mountain"],
  },
  {
    category: "Travel",
    topics: list("Trains Islands Hiking Cities Food"),
    titles: ["Night Train North", "A Week without a Map", "The Last Ferry", "Walking the Old Wall"],
  },
  {
    category: "Music",
    topics: list("Jazz Piano Live Choir Production"),
    titles: [
      "Late Set, Small Room",
      "Left Hand Studies",
      "Songs in Odd Meters",
      "The Borrowed Cello",
    ],
  },
  {
    category: "Design",
    topics: list("Typography Furniture Colour Print Architecture"),
    titles: ["Letters in Stone", "A Chair in a Day", "The Colour Nobody Named", "Paper Models"],
  },
  {
    category: "Technology",
    topics: list("Databases Languages Hardware Interfaces Networks"),
    titles: [
      "Counting without Looking",
      "A Log Is Enough",
      "The Smallest Clock",
      "Wires and Weather",
    ],
  },
  {
    category: "History",
    topics: list("Maps Trade Letters Cities Inventions"),
    titles: [
      "Salt Roads",
      "The Clockmaker's Ledger",
      "Postcards to Nobody",
      "Bridges before Steel",
    ],
  },
  {
    category: "Nature",
    topics: list("Birds Forests Gardening Rivers Oceans"),
    titles: [
      "Herons at Dawn",
      "One Tree, Four Seasons",
      "The River in Winter",
      "Seeds on the Move",
    ],
  },
];

/** Channel names, all different for up to 360 of them. */
export function channelName(index: number): string {
  const place = places[index % places.length]!;
  const round = Math.floor(index / places.length);
  return `${place} ${formats[(index * 5 + round) % formats.length]!}`;
}

/** `A Log Is Enough, part 3` */
export function videoTitle(subject: Subject, number: number): string {
  const title = subject.titles[number % subject.titles.length]!;
  const part = Math.floor(number / subject.titles.length);
  return part === 0 ? title : `${title}, part ${part + 1}`;
}

const firstNames = list(
  "ada ben clara dario elif felix greta hugo ines jonas kaya leo mina noel olga paul rosa sven tara uri vera wim yara zoe",
);

export function viewerName(index: number): string {
  const name = firstNames[index % firstNames.length]!;
  return `${name}-${String(Math.floor(index / firstNames.length) + 1).padStart(2, "0")}`;
}

export type ProductFamily = { category: string; items: readonly string[]; cost: number };

/** What is in stock; `cost` is a typical unit cost. */
export const productFamilies: readonly ProductFamily[] = [
  { category: "Cables", items: list("Patch Ribbon Coil Feeder"), cost: 3.2 },
  { category: "Fasteners", items: list("Bolt Washer Anchor Rivet"), cost: 0.085 },
  { category: "Lighting", items: list("Spot Panel Strip Lantern"), cost: 24.5 },
  { category: "Packaging", items: list("Carton Sleeve Crate Wrap"), cost: 0.64 },
  { category: "Paper", items: list("Ream Roll Card Label"), cost: 4.1 },
  { category: "Sensors", items: list("Probe Gauge Switch Beacon"), cost: 18.75 },
  { category: "Storage", items: list("Shelf Bin Cabinet Rack"), cost: 46 },
  { category: "Textiles", items: list("Canvas Felt Drape Apron"), cost: 9.3 },
  { category: "Tools", items: list("Clamp Plane Driver Mallet"), cost: 14.2 },
  { category: "Valves", items: list("Gate Ball Check Needle"), cost: 31.4 },
];

/** `Clamp 40 Copper` */
export function productName(index: number, family: ProductFamily, random: Random): string {
  const item = family.items[Math.floor(index / productFamilies.length) % family.items.length]!;
  const size = 10 + 5 * random.below(18);
  return `${item} ${size} ${places[index % places.length]!}`;
}
