/** As a dialog's `ref`: modal from its first frame on; the same function each time, so that it is shown once. */
export function showModal(dialog: HTMLDialogElement | null): void {
  if (dialog?.open === false) dialog.showModal();
}
