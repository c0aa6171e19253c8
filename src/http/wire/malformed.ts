/** What is wrong with the bytes of a response. Turned into NETWORK where the request is known. */
export class MalformedResponse extends Error {
  override readonly name = "MalformedResponse";
}

/** The connection was closed before the end of a response. */
export class CutResponse extends MalformedResponse {}
