// The editor: CodeMirror with our colours. Its style elements carry the page's nonce, for the strict policy.
import { autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { MySQL, PostgreSQL, SQLite, StandardSQL, sql } from "@codemirror/lang-sql";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const LEFT_MS = 250;
const DIALECTS = { MySQL, PostgreSQL, SQLite, StandardSQL };

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--ink-3)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--cat-4)" },
  { tag: [tags.operator, tags.punctuation], color: "var(--ink-2)" },
]);

const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--card)", fontSize: "var(--t-m)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)", padding: "10px 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--ink-3)", border: "0" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "32px", padding: "0 8px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--sunken) 60%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-soft)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--line-strong)" },
  ".cm-placeholder": { color: "var(--ink-3)" },
  ".cm-tooltip": { border: "1px solid var(--line)", borderRadius: "var(--radius-s)", backgroundColor: "var(--raised)", color: "var(--ink)", boxShadow: "var(--shadow-pop)" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "var(--t-s)" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent-soft)", color: "var(--accent)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "650" },
  ".cm-completionDetail": { color: "var(--ink-3)", fontStyle: "normal" },
  ".cm-wrong": { textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
});

// the word that is to blame, until the text is changed
const blame = StateEffect.define();
const blamed = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(blame)) return effect.value;
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** -> what the page does with the editor. onRun: Ctrl or Cmd with Enter. */
export function createEditor(parent, { text, nonce, dialect, onChange, onRun }) {
  const language = new Compartment();
  const known = { dialect, schema: {} };
  const speech = () => sql({ dialect: DIALECTS[known.dialect] ?? StandardSQL, schema: known.schema });

  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce),
        keymap.of([{ key: "Mod-Enter", run: onRun, preventDefault: true }]),
        lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(),
        // with an icon of our own face there is none to load
        autocompletion({ icons: false, defaultKeymap: true }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, leave(), indentWithTab]),
        language.of(speech()), syntaxHighlighting(colours), look, blamed, EditorView.lineWrapping,
        placeholder(parent.dataset.hint), EditorView.domEventHandlers({ beforeinput, blur }),
        EditorView.contentAttributes.of({ "aria-label": parent.dataset.label, spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => update.docChanged && onChange()),
      ],
    }),
  });
  const speakAnew = () => view.dispatch({ effects: language.reconfigure(speech()) });

  return {
    text: () => view.state.doc.toString(),
    focus: () => view.focus(),

    /** What a run takes: the selection, or all; `from` is where it begins. */
    asked() {
      closeCompletion(view);
      const { from, to, empty } = view.state.selection.main;
      return empty ? { sql: view.state.doc.toString(), from: 0 } : { sql: view.state.sliceDoc(from, to), from };
    },

    replace(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next }, selection: { anchor: next.length } });
    },

    /** Puts a name where the cursor is, with a space before it where words would run together. */
    insert(name) {
      const { from, to } = view.state.selection.main;
      const before = view.state.sliceDoc(Math.max(0, from - 1), from);
      const put = /[\w"`\],]/.test(before) ? ` ${name}` : name;
      view.dispatch({ changes: { from, to, insert: put }, selection: { anchor: from + put.length }, scrollIntoView: true });
      view.focus();
    },

    /** Underlines the word at a place of what ran (`line` and `column` from 1), or takes the line away. */
    mark(problem) {
      const { from, to } = problem?.line ? place(view.state, problem) : { from: 0, to: 0 };
      const mark = Decoration.mark({ class: "cm-wrong", attributes: { title: problem?.text ?? "" } });
      view.dispatch({ effects: blame.of(from < to ? Decoration.set([mark.range(from, to)]) : Decoration.none) });
    },

    goTo(problem) {
      const { from } = place(view.state, problem);
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
      view.focus();
    },

    speak(next) {
      known.dialect = next;
      known.schema = {};
      speakAnew();
    },

    /** schema: {table: [column, ...]}, for completion. */
    learn(schema) {
      known.schema = { ...known.schema, ...schema };
      speakAnew();
    },
    knows: (table) => known.schema[table]?.length > 0,
  };
}

/** Text over a selection is put in by us: a browser would keep its look by a style attribute, which the policy forbids. */
function beforeinput(event, view) {
  const isPlain = event.inputType === "insertText" && event.data && !/^[([{'"`]$/.test(event.data);
  if (!isPlain || view.composing || view.state.selection.main.empty) return false;
  view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  return true;
}

/** A list that was on its way when the editor was left must not stay open. */
function blur(event, view) {
  setTimeout(() => view.hasFocus || closeCompletion(view), LEFT_MS);
  return false;
}

/** Escape leaves the editor, so that Tab is no trap; an open completion takes it first. */
const leave = () => ({ key: "Escape", run: (view) => (view.contentDOM.blur(), true) });

/** The word at line and column, counted from where the run began. */
function place(state, { line, column, from = 0 }) {
  const first = state.doc.lineAt(Math.min(from, state.doc.length));
  const at = state.doc.line(Math.min(first.number + line - 1, state.doc.lines));
  const offset = (line === 1 ? from - first.from : 0) + (column ?? 1) - 1;
  const start = Math.min(at.from + offset, at.to);
  const word = state.sliceDoc(start, at.to).match(/^(\w+|\S)/)?.[0] ?? "";
  return { from: start, to: column ? Math.min(start + Math.max(word.length, 1), state.doc.length) : at.to };
}
