// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LineChart } from "../../../src/dashboard/charts/LineChart.js";

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue({
    width: 600,
  } as DOMRect);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const draw = (values: (number | null)[]) =>
  render(
    <LineChart
      label="Views by day"
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
