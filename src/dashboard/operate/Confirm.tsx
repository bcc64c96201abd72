/** Asks once more before something that takes long or cannot be taken back. */
import { useId } from "react";
import { showModal } from "../chrome/showModal.js";

export interface ConfirmProps {
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm({ title, text, action, onConfirm, onClose }: ConfirmProps) {
  const [titleId, textId] = [useId(), useId()];
  return (
    <dialog
      ref={showModal}
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
