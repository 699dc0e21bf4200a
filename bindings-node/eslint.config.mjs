import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const NODE = Object.fromEntries(
  ["AbortController", "AbortSignal", "Buffer", "EventTarget", "URL", "clearTimeout", "console", "process", "setImmediate", "setTimeout"].map(
    (name) => [name, "readonly"],
  ),
);

export default defineConfig(
  { ignores: ["dist", "node_modules", "test/types"] },
  { files: ["**/*.{ts,mjs}"], extends: [js.configs.recommended] },
  {
    files: ["ts/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // tsc wants `from["name"]` where the names of fields are not known to it.
      "@typescript-eslint/dot-notation": "off",
      // A class whose constructor refuses what is not its own.
      "@typescript-eslint/no-extraneous-class": ["error", { allowConstructorOnly: true }],
      // `wire.field == null` is nothing, or not there.
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  { files: ["**/*.mjs"], languageOptions: { globals: NODE } },
);
