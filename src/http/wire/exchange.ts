import { encodingRefusal } from "../content-encoding.ts";
import { proxyFailure, unusableAnswer } from "../failure.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import type { Connection } from "./connection.ts";
import { CutResponse, MalformedResponse } from "./malformed.ts";
import { receiveHead } from "./receive-head.ts";
import { printRequestHead } from "./request-head.ts";
import { WireBody } from "./wire-body.ts";

/**
 * Sends `request` over a connection that was opened or taken for it, and reads the head of the response. The connection
 * is closed when that fails, given to `keep` when the body is whole and another request can follow, else closed.
 * @throws {DistError} NETWORK, TIMEOUT, ABORTED
 */
export async function exchange(
  connection: Connection,
  request: HttpRequest,
  userAgent: string,
  keep: (connection: Connection) => void,
): Promise<HttpResponse> {
  const failure = (error: unknown): unknown =>
    error instanceof MalformedResponse
      ? unusableAnswer(request, error.message, error instanceof CutResponse ? error : undefined)
      : error;
  try {
    const { proxy } = connection;
    connection.write(printRequestHead(request, userAgent, proxy), request.body);
    const { status, headers, framing, isPersistent } = await receiveHead(
      connection,
      request.method !== "HEAD",
    );
    // Only a proxy asks for this. Over a tunnel it cannot: there the server would be asking for another's login.
    if (status === 407 && proxy !== undefined) throw proxyFailure(request, proxy, status);
    const refusal = encodingRefusal(request, headers.get("content-encoding"));
    if (refusal !== undefined) throw refusal;
    connection.startBody();
    const body = new WireBody({
      source: connection,
      framing,
      signal: request.signal,
      failure,
      onEnd: (isWhole) => {
        if (!isWhole) connection.destroy();
        else if (isPersistent && connection.isReusable) keep(connection);
        else connection.retire();
      },
    });
    return { status, header: (name) => headers.get(name.toLowerCase()), body, discard: () => body.discard() };
  } catch (error) {
    connection.destroy();
    throw failure(error);
  }
}
