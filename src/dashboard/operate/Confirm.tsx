/** Asks once more before something that takes long or cannot be taken back. */
import { useEffect, useId, useRef } from "react";

export interface ConfirmProps {
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm({ title, text, action, onConfirm, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [titleId, textId] = [useId(), useId()];
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="confirm"
      aria-labelledby={titleId}
      aria-describedby={textId}
      onClose={onClose}
    >
      <h2 id={titleId}>{title}</h2>
      <p id={textId}>{text}</p>
      <form method="dialog" className="confirm-actions">
        <button type="submit" className="button">
          Cancel
        </button>
        <button type="submit" className="button button-primary" onClick={onConfirm}>
          {action}
        </button>
      </form>
    </dialog>
  );
}
