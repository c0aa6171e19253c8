/** What only those need who bring something into the store, so that it is loaded in one piece. */
export { withRoom } from "./removal/free-garbage.ts";
export { isWritable } from "./files/is-writable.ts";
export { openLease } from "./removal/lease.ts";
export { acquireLock } from "./lock/lock.ts";
export { fileSystemType, isNetworkType } from "./files/network-file-system.ts";
export { placeViews } from "./publishing/place.ts";
export { publish } from "./publishing/publish.ts";
