import { expect, test } from "vitest";
import { mirrorLocations } from "./mirror-locations.ts";

test("the usual folders are the system's and the user's", () => {
  expect(mirrorLocations({ HOME: "/home/ada" }, undefined)).toEqual({
    certsDirs: [
      "/etc/containerd/certs.d",
      "/etc/docker/certs.d",
      "/home/ada/.config/containers/certs.d",
      "/etc/containers/certs.d",
    ],
    registriesConf: {
      files: ["/home/ada/.config/containers/registries.conf", "/etc/containers/registries.conf"],
      folders: ["/etc/containers/registries.conf.d", "/home/ada/.config/containers/registries.conf.d"],
    },
  });
});

test("variables and the option stand in their place", () => {
  const env = { HOME: "/home/ada", GREENTIC_OCI_CERTS_DIR: "/a::/b", CONTAINERS_REGISTRIES_CONF: "/c" };
  const registriesConf = { files: ["/c"], folders: [] };
  expect(mirrorLocations(env, undefined)).toEqual({ certsDirs: ["/a", "/b"], registriesConf });
  expect(mirrorLocations(env, ["/d"])).toEqual({ certsDirs: ["/d"], registriesConf });
  expect(mirrorLocations(env, []).certsDirs).toEqual([]);
});
