import { type DistErrorCode, isDistError } from "../../core/index.ts";
import { errorResponse } from "../registry/json-response.ts";

/** A request that is answered with an error. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly response: Response;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.response = errorResponse(status, code, message);
  }
}

/** A request that says something that cannot be meant. */
export function badRequest(reason: string): Refusal {
  return new Refusal(400, "INVALID_INPUT", reason);
}

/** What errors of the library are in HTTP; the others are no fault of the request. */
const statuses: Readonly<Partial<Record<DistErrorCode, number>>> = {
  INVALID_INPUT: 400,
  INVALID_REFERENCE: 400,
  NOT_FOUND: 404,
};

/** The response of `answer`, or of the {@link Refusal} that it throws, or of what is not there. */
export async function orRefusal(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof Refusal) return error.response;
    const status = isDistError(error) ? statuses[error.code] : undefined;
    if (!isDistError(error) || status === undefined) throw error;
    return errorResponse(status, error.code, error.message);
  }
}
