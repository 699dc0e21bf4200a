// A program in TypeScript, as a CommonJS module.

import sdk = require("xmp-sdk");
import { Xmp, XmpError, type PostView } from "xmp-sdk";

export async function first(xmp: Xmp): Promise<PostView | undefined> {
  try {
    return (await xmp.posts.list({ limit: 1 }))[0];
  } catch (error) {
    if (error instanceof XmpError && error instanceof sdk.StorageError) return undefined;
    throw error;
  }
}

// @ts-expect-error there is no such class
void sdk.Nothing;
