/** Grey shapes where content will be, of about its size, so that nothing jumps when it arrives. */

export function ChartSkeleton({ height = 260 }: { height?: number }) {
  return <div className="skeleton" style={{ height }} />;
}

const widths = [96, 82, 74, 63, 55, 46, 38, 30];

export function BarsSkeleton({ count = 8 }: { count?: number }) {
  return (
    <div className="bars">
      {widths.slice(0, count).map((width) => (
        <div key={width} className="skeleton skeleton-bar" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
