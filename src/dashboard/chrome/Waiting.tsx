/** A whole screen that waits for the backend, and says why where it waits in vain. */
import { useConnection } from "../session/useConnection.js";
import { Screen } from "./Screen.js";

const words = {
  device: { title: "You are offline", text: "The page loads by itself when you are back online." },
  backend: {
    title: "The backend does not answer",
    text: "Trying again. The page loads by itself when it does.",
  },
} as const;

export function Waiting() {
  const { lost } = useConnection();
  return lost === null ? <Screen title="Loading" isBusy /> : <Screen {...words[lost]} isBusy />;
}
