import { describeHttpContract } from "../../test/contracts/http-contract.ts";
import { httpFromFetch } from "./fetch.ts";
import { createWireHttp } from "./wire/wire.ts";

describeHttpContract("createWireHttp", () => createWireHttp({ userAgent: "test/1" }));
describeHttpContract("httpFromFetch", () => httpFromFetch(fetch));
