import { bareAddress, printable, printOciName, type Reference } from "../../core/index.ts";
import { type DiagnosisStep, okStep, type StepDetails } from "./diagnosis.ts";

/** What a reference was understood to be. */
export function referenceStep(reference: Reference): DiagnosisStep {
  const { kind } = reference;
  switch (kind) {
    case "oci": {
      const { registry, repository, tag, digest } = reference.name;
      const summary = `${registry}, repository ${repository}, ${digest === undefined ? `tag ${tag}` : `digest ${digest}`}`;
      return okStep("reference", summary, { kind, registry, repository, tag, digest });
    }
    case "https": {
      const url = printable(bareAddress(reference.url));
      return okStep("reference", `the web address ${url}`, { kind, url });
    }
    case "file": {
      const path = printable(reference.path);
      return okStep("reference", `the file ${path}`, { kind, path });
    }
    case "layout": {
      const { form, name, digest } = reference;
      const path = printable(reference.path);
      const wanted = name === undefined ? (digest ?? "its one artifact") : printable(name);
      const summary = `${wanted} in the OCI image layout ${form === "archive" ? "of the archive " : ""}${path}`;
      return okStep("reference", summary, { kind, path, digest });
    }
    case "digest":
      return okStep("reference", `the digest ${reference.digest}`, { kind, digest: reference.digest });
    case "mapped":
      return okStep("reference", `${printable(reference.target)} by ${reference.scheme}://`, { kind });
    case "fixture":
      return okStep("reference", `the fixture ${reference.fixture}`, { kind });
  }
}

/** What a reference that stands for another one was mapped to. */
export function mappingStep(reference: Reference): DiagnosisStep {
  if (reference.kind === "file") {
    const path = printable(reference.path);
    return okStep("mapping", path, { path });
  }
  const { name, tenant } = reference.kind === "oci" ? reference : { name: undefined, tenant: undefined };
  const details: StepDetails["mapping"] = { registry: name?.registry, repository: name?.repository, tenant };
  const whose = tenant === undefined ? "" : `, with the login of the tenant ${printable(tenant)}`;
  return okStep("mapping", `${name === undefined ? "" : printOciName(name)}${whose}`, details);
}
