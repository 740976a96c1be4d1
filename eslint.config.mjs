// What `make check` holds the page's scripts to, where Node is there. Rules are named one by one, so that nothing else
// has to be installed beside ESLint.
const names = (text) => Object.fromEntries(text.split(/\s+/).map((name) => [name, "readonly"]));
const browser = names(
  "window document fetch FormData XMLHttpRequest CustomEvent Event Option URL URLSearchParams Blob navigator localStorage " +
    "setTimeout clearTimeout setInterval clearInterval requestAnimationFrame MutationObserver CSS innerWidth innerHeight " +
    "addEventListener parent Element ResizeObserver IntersectionObserver location matchMedia",
);
// What Gradio gives to the script of an HTML component, and what the scripts of a report share.
const given = names("element props trigger watch report Plot d3");
const rules =
  "constructor-super for-direction getter-return no-async-promise-executor no-class-assign no-compare-neg-zero " +
  "no-cond-assign no-const-assign no-constant-condition no-debugger no-dupe-args no-dupe-else-if no-dupe-keys " +
  "no-duplicate-case no-empty no-empty-pattern no-eval no-ex-assign no-fallthrough no-func-assign no-global-assign " +
  "no-implied-eval no-import-assign no-invalid-regexp no-new-func no-obj-calls no-self-assign no-shadow " +
  "no-sparse-arrays no-this-before-super no-undef no-unreachable no-unsafe-finally no-unsafe-negation " +
  "no-unsafe-optional-chaining no-unused-vars no-useless-catch no-useless-escape no-var prefer-const use-isnan valid-typeof";

export default [
  { ignores: ["assistant/evaluation/report/vendor/"] },
  {
    files: ["ui/**/*.js", "assistant/**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "script", globals: { ...browser, ...given } },
    rules: { ...Object.fromEntries(rules.split(" ").map((rule) => [rule, "error"])), eqeqeq: ["error", "always", { null: "ignore" }] },
  },
];
