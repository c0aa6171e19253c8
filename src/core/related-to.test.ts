import { describe, expect, test } from "vitest";
import { DistError } from "./errors.ts";
import { relatedTo, relating } from "./related-to.ts";

describe("relatedTo", () => {
  const details = { url: "https://ghcr.io/v2/", status: 500 };
  const cause = new Error("why");
  const error = new DistError("NETWORK", "server failed", details, { hint: "wait", cause });

  test("makes an error name its reference, and keeps the rest of it", () => {
    expect(relatedTo(error, "ghcr.io/acme/hello")).toMatchObject({
      code: "NETWORK",
      message: "failed to pull `ghcr.io/acme/hello`: server failed",
      details: { ...details, reference: "ghcr.io/acme/hello" },
      hint: "wait",
      cause,
    });
  });

  test("says what failed, where that is no pull", async () => {
    const reference = "ghcr.io/acme/hello";
    const failing = relating(reference, "failed to delete it", () => Promise.reject(error));
    await expect(failing).rejects.toMatchObject({
      message: "failed to delete it: server failed",
      details: { reference },
    });
  });

  test("leaves alone what names one, and what is about something else", () => {
    const related = relatedTo(error, "a");
    expect(relatedTo(related, "b")).toBe(related);
    const aborted = new DistError("ABORTED", "stopped", {});
    expect(relatedTo(aborted, "a")).toBe(aborted);
  });
});
