/** One record's fields. What the backend refuses is said at the field that it names. */
import { useId, useLayoutEffect, useRef, useState, type FormEvent } from "react";
import { toAggregateError } from "../../react/index.js";
import { showModal } from "../chrome/showModal.js";
import { failureWords } from "../format/failures.js";
import type { Column } from "./columns.js";
import { changesOf, expected, fieldText } from "./fields.js";
import type { Row, Stored } from "./functions.js";

export interface EditDialogProps {
  record: Stored;
  name: string;
  columns: readonly Column[];
  timezone: string;
  isOffline: boolean;
  /** Throws what the backend refuses. */
  onSave: (patch: Row) => Promise<void>;
  onClose: () => void;
}

interface Problems {
  fields: readonly string[];
  text: string;
}

const none: Problems = { fields: [], text: "" };

export function EditDialog(props: EditDialogProps) {
  const { record, name, columns, timezone, isOffline, onSave, onClose } = props;
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [texts, setTexts] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      columns.map(({ field, shape }) => [field, fieldText(shape, record.row[field], timezone)]),
    ),
  );
  const [problems, setProblems] = useState(none);
  const [isSaving, setSaving] = useState(false);

  useLayoutEffect(() => showModal(dialog.current), []);
  useLayoutEffect(() => {
    dialog.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [problems]);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const { patch, wrong } = changesOf(columns, record.row, texts, timezone);
    if (wrong.length > 0) return setProblems({ fields: wrong, text: "" });
    if (Object.keys(patch).length === 0) return dialog.current?.close();
    setSaving(true);
    setProblems(none);
    try {
      await onSave(patch);
      dialog.current?.close();
    } catch (thrown) {
      const error = toAggregateError(thrown);
      const named = columns.find(({ field }) => field === error.details["field"]);
      const { title, text } = failureWords(error);
      setProblems(
        named ? { fields: [named.field], text: "" } : { fields: [], text: `${title}. ${text}` },
      );
    } finally {
      setSaving(false);
    }
  };

  return (
    <dialog ref={dialog} className="record-dialog" aria-labelledby={titleId} onClose={onClose}>
      <form noValidate onSubmit={(event) => void save(event)}>
        <h2 id={titleId}>Edit {name}</h2>
        <div className="record-fields">
          {columns.map((column) => (
            <Field
              key={column.field}
              column={column}
              timezone={timezone}
              isWrong={problems.fields.includes(column.field)}
              value={texts[column.field] ?? ""}
              onChange={(text) => setTexts({ ...texts, [column.field]: text })}
            />
          ))}
        </div>
        <p className="record-problem" role="alert">
          {problems.text}
        </p>
        <div className="record-actions">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button
            type="submit"
            className="button button-primary"
            disabled={isSaving || isOffline}
            title={isOffline ? "Nothing can be changed without a connection" : undefined}
          >
            {isSaving ? "Saving" : "Save"}
          </button>
        </div>
      </form>
    </dialog>
  );
}

interface FieldProps {
  column: Column;
  timezone: string;
  isWrong: boolean;
  value: string;
  onChange: (text: string) => void;
}

function Field({ column, timezone, isWrong, value, onChange }: FieldProps) {
  const { title, unit, shape, isTime } = column;
  const [id, hintId] = [useId(), useId()];
  const shared = {
    ...{ id, value, "aria-invalid": isWrong, "aria-describedby": hintId },
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  const hint = expected(shape, timezone);
  return (
    <div className="record-field">
      <label htmlFor={id}>{unit === "" ? title : `${title}, ${unit}`}</label>
      {shape.kind === "oneOf" ? (
        <select {...shared}>
          {shape.values.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          type={isTime ? "datetime-local" : "text"}
          inputMode={shape.kind === "decimal" ? "decimal" : undefined}
          step={isTime ? 1 : undefined}
        />
      )}
      <p id={hintId} className={isWrong ? "record-hint record-wrong" : "record-hint"}>
        {isWrong
          ? `Not accepted. Expected: ${hint.charAt(0).toLowerCase()}${hint.slice(1)}.`
          : hint}
      </p>
    </div>
  );
}
