/** What is wrong with the bytes of a response. Turned into NETWORK where the request is known. */
export class MalformedResponse extends Error {
  override readonly name = "MalformedResponse";
}
