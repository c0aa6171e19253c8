/** What only those need who bring something into the store, so that it is loaded in one piece. */
export { withRoom } from "./free-garbage.ts";
export { isWritable } from "./is-writable.ts";
export { openLease } from "./lease.ts";
export { acquireLock } from "./lock/lock.ts";
export { fileSystemType, isNetworkType } from "./network-file-system.ts";
export { placeViews } from "./place.ts";
export { publish } from "./publish.ts";
