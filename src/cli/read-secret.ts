import { abortedError, DistError } from "../core/index.ts";
import { readStdin } from "./read-stdin.ts";

const maxBytes = 65_536;

/**
 * All of stdin as text, without the end of its last line.
 * @throws {DistError} INVALID_INPUT when it is empty or larger than 64 KiB; ABORTED
 */
export async function readSecret(signal: AbortSignal): Promise<string> {
  const text = (await readStdin(maxBytes, signal)).toString().replace(/\r?\n$/, "");
  if (text !== "") return text;
  const hint = 'pipe it in, as in: echo "$TOKEN" | greentic-dist auth login …';
  throw new DistError("INVALID_INPUT", "stdin is empty, expected a password or token", {}, { hint });
}

/** How {@link ask} asks. */
export interface AskOptions {
  /** Shows nothing of what is typed. */
  readonly isHidden: boolean;
  readonly signal: AbortSignal;
}

/**
 * Asks the user for a line, on the terminal that stdin is; the question goes to stderr.
 * @throws {DistError} ABORTED by Ctrl-C, Ctrl-D or the signal
 */
export async function ask(question: string, { isHidden, signal }: AskOptions): Promise<string> {
  const { stdin, stderr } = process;
  let typed = "";
  stdin.setRawMode(true).setEncoding("utf8");
  stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      const stop = (): void => reject(abortedError(signal));
      const read = (text: string): void => {
        for (const character of text) {
          if (character === "\r" || character === "\n") return resolve(typed);
          if (character === "\u0003" || character === "\u0004") return stop();
          const isErase = character === "\u007f" || character === "\b";
          if (isErase && typed !== "" && !isHidden) stderr.write("\b \b");
          if (isErase) typed = typed.replace(/.$/su, "");
          if (isErase || /\p{Cc}/u.test(character)) continue;
          typed += character;
          if (!isHidden) stderr.write(character);
        }
      };
      signal.addEventListener("abort", stop, { once: true });
      stdin.on("data", read).once("end", stop).resume();
    });
  } finally {
    stdin.removeAllListeners("data").removeAllListeners("end");
    stdin.setRawMode(false).pause();
    stderr.write("\n");
  }
}
