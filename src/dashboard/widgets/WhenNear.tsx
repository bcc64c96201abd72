/** A card that is rendered, and asks, only once it is near the screen; from then on it stays. */
import { Suspense, useCallback, useState, type ReactNode } from "react";

export function WhenNear({ title, children }: { title: string; children: ReactNode }) {
  const [isNear, setNear] = useState(false);
  const watch = useCallback((element: HTMLElement | null) => {
    if (element === null) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setNear(true),
      { rootMargin: "160px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const place = (
    <section ref={watch} className="card card-full card-later" aria-label={title}>
      <h2>{title}</h2>
    </section>
  );
  return isNear ? <Suspense fallback={place}>{children}</Suspense> : place;
}
