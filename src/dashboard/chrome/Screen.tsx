/** A whole screen with one message: waiting, failed, or nothing to show. */

export interface ScreenProps {
  title: string;
  text?: string;
  isBusy?: boolean;
  retry?: () => void;
}

export function Screen({ title, text, isBusy = false, retry }: ScreenProps) {
  return (
    <main className="screen" aria-busy={isBusy}>
      {isBusy && <span className="spinner" aria-hidden />}
      <div role={isBusy ? "status" : "alert"}>
        <h1 className="screen-title">{title}</h1>
      </div>
      {text && <p className="screen-text">{text}</p>}
      {retry && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </main>
  );
}
