// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LineChart } from "../../../src/dashboard/charts/LineChart.js";
import type { Brush } from "../../../src/dashboard/charts/useBrush.js";

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue({
    width: 600,
  } as DOMRect);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const draw = (values: (number | null)[], brush?: Brush) =>
  render(
    <LineChart
      label="Views by day"
      brush={brush}
      series={[
        { key: "a", label: "This period", color: "red", values, style: "area" },
        { key: "b", label: "Before", color: "grey", values: values.map(() => 1), style: "dashed" },
      ]}
      ticks={values.map((_, i) => `t${i}`)}
      names={values.map((_, i) => `Day ${i}`)}
      formatTick={String}
      formatValue={(value) => (value === null ? "none" : `${value} views`)}
    />,
  );

describe("a line chart", () => {
  test("is an image with a name, and one path per line", () => {
    const { container } = draw([1, 2, 3]);
    expect(screen.getByRole("img", { name: "Views by day" })).toBeTruthy();
    expect(container.querySelectorAll("path.chart-line")).toHaveLength(2);
    expect(container.querySelectorAll("path.chart-area")).toHaveLength(1);
  });

  test("speaks the value that the arrow keys reach", () => {
    const { container } = draw([1, null, 3]);
    const chart = screen.getByRole("img");
    const live = container.querySelector("[aria-live]");
    expect(live?.textContent).toContain("arrow keys");
    act(() => chart.focus());
    fireEvent.keyDown(chart, { key: "ArrowRight" });
    fireEvent.keyDown(chart, { key: "ArrowRight" });
    expect(live?.getAttribute("aria-live")).toBe("polite");
    expect(live?.textContent).toBe("Day 1: This period none, Before 1 views");
    fireEvent.keyDown(chart, { key: "Escape" });
    expect(container.querySelector(".chart-readout")).toBeNull();
  });

  test("does not speak while a pointer moves over it", () => {
    const { container } = draw([1, 2, 3]);
    fireEvent.pointerMove(screen.getByRole("img"), { clientX: 599 });
    expect(container.querySelector(".chart-readout")?.textContent).toContain("Day 2");
    expect(container.querySelector("[aria-live]")?.getAttribute("aria-live")).toBe("off");
  });

  test("draws an empty series without failing", () => {
    expect(() => draw([])).not.toThrow();
  });
});

describe("a brush", () => {
  const onApply = vi.fn();
  const brush: Brush = {
    snap: (range) => range,
    name: ({ from, to }) => `${from} to ${to}`,
    onApply,
  };
  const drawBrushed = () => {
    onApply.mockClear();
    SVGElement.prototype.setPointerCapture = vi.fn();
    const { container } = draw([1, 2, 3, 4, 5], brush);
    const chart = screen.getByRole("img");
    const press = (key: string, shiftKey = false) => fireEvent.keyDown(chart, { key, shiftKey });
    const live = () => container.querySelector("[aria-live]")?.textContent;
    const band = () => container.querySelector(".chart-band");
    return { chart, press, live, band };
  };
  // 600 px wide, 52 left and 12 right of the axis: a bucket is 134 px.
  const xOf = (bucket: number) => 52 + bucket * 134;

  test("takes the stretch that Shift and the arrow keys pick, by Enter", () => {
    const { press, live, band } = drawBrushed();
    press("ArrowRight");
    press("ArrowRight");
    expect(band()).toBeNull();
    press("ArrowRight", true);
    press("ArrowRight", true);
    expect(band()).not.toBeNull();
    expect(live()).toBe("1 to 3. Enter shows it, Escape leaves");
    press("ArrowLeft", true);
    press("Enter");
    expect(onApply.mock.calls).toEqual([[{ from: 1, to: 2 }]]);
    expect(band()).toBeNull();
    press("Enter");
    expect(onApply).toHaveBeenCalledTimes(1);
  });

  test("is left by Escape, and by the arrow keys alone", () => {
    const { press, live, band } = drawBrushed();
    press("End", true);
    press("Home", true);
    expect(live()).toMatch(/^0 to 4/);
    press("Escape");
    expect(band()).toBeNull();
    expect(live()).toMatch(/^Day 0/);
    press("ArrowRight", true);
    press("ArrowRight");
    expect(band()).toBeNull();
    press("Enter");
    expect(onApply).not.toHaveBeenCalled();
  });

  test("takes what is dragged over, whichever way, and nothing by a click", () => {
    const { chart, band } = drawBrushed();
    fireEvent.pointerDown(chart, { button: 0, clientX: xOf(3) });
    fireEvent.pointerMove(chart, { clientX: xOf(1) });
    expect(band()).not.toBeNull();
    fireEvent.pointerUp(chart);
    expect(onApply.mock.calls).toEqual([[{ from: 1, to: 3 }]]);
    fireEvent.pointerDown(chart, { button: 0, clientX: xOf(2) });
    fireEvent.pointerMove(chart, { clientX: xOf(2) + 3 });
    fireEvent.pointerUp(chart);
    fireEvent.pointerDown(chart, { button: 0, clientX: xOf(2) });
    fireEvent.pointerMove(chart, { clientX: xOf(4) });
    fireEvent.keyDown(chart, { key: "Escape" });
    fireEvent.pointerUp(chart);
    expect(onApply).toHaveBeenCalledTimes(1);
  });
});
