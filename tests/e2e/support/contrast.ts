/** WCAG contrast of the text on a page, computed from what the browser shows. */
import type { Page } from "playwright-core";

export interface LowContrast {
  text: string;
  color: string;
  background: string;
  ratio: number;
}

/** Texts below AA: 4.5, or 3 where they are large. Filled bars count as background of their labels. */
export function lowContrast(page: Page): Promise<LowContrast[]> {
  return page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no canvas");

    type Rgba = [number, number, number, number];
    const parse = (color: string): Rgba => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a]: Rgba, [x, y, z]: Rgba): Rgba => [
      r * a + x * (1 - a),
      g * a + y * (1 - a),
      b * a + z * (1 - a),
      1,
    ];
    const luminance = ([r, g, b]: Rgba) => {
      const linear = [r, g, b].map((channel) => {
        const share = channel / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const ratioOf = (one: Rgba, other: Rgba) => {
      const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [
        number,
        number,
      ];
      return (high + 0.05) / (low + 0.05);
    };
    const backgroundOf = (element: Element): Rgba => {
      const layers: Rgba[] = [];
      for (let at: Element | null = element; at; at = at.parentElement) {
        const layer = parse(getComputedStyle(at).backgroundColor);
        layers.push(layer);
        if (layer[3] === 1) break;
      }
      return layers.reduceRight<Rgba>((below, layer) => over(layer, below), [255, 255, 255, 1]);
    };

    const found: LowContrast[] = [];
    for (const element of document.querySelectorAll("body *")) {
      const text = [...element.childNodes]
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.textContent?.trim() ?? "")
        .join("");
      if (text === "" || element.closest(".visually-hidden, select, :disabled")) continue;
      const style = getComputedStyle(element);
      const color = parse(element instanceof SVGElement ? style.fill : style.color);
      const size = parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const behind = [backgroundOf(element)];
      const fill = element.closest(".bar")?.querySelector(".bar-fill");
      if (fill) behind.push(parse(getComputedStyle(fill).backgroundColor));
      for (const background of behind) {
        const ratio = ratioOf(color, background);
        if (ratio < (isLarge ? 3 : 4.5)) {
          found.push({ text, color: String(color), background: String(background), ratio });
        }
      }
    }
    return found;
  });
}
