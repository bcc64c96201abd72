/** What a list that the backend refuses, or that failed, shows instead: in words, with the way on. */
import { Component, type ReactNode } from "react";
import { toAggregateError, type AggregateError } from "../../react/index.js";
import { failureWords } from "../format/failures.js";
import { useLogged } from "../widgets/Failure.js";

interface BoundaryProps {
  /** Another one is tried by itself. */
  of: string;
  children: ReactNode;
}

export class Boundary extends Component<BoundaryProps, { error: AggregateError | null }> {
  override state = { error: null };

  static getDerivedStateFromError(thrown: unknown) {
    return { error: toAggregateError(thrown) };
  }

  override componentDidUpdate({ of }: BoundaryProps) {
    if (this.props.of !== of && this.state.error !== null) this.setState({ error: null });
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return <Refused error={error} retry={() => this.setState({ error: null })} />;
  }
}

function Refused({ error, retry }: { error: AggregateError; retry: () => void }) {
  const { title, text } = failureWords(error);
  useLogged(error);
  return (
    <div className="note" role="alert">
      <p className="note-title">{title}</p>
      <p className="note-detail">{text}</p>
      <button type="button" className="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}
