/** What Draftail does not offer: the text before the caret, and putting HTML in its place. */
(() => {
  window.escalatedDraftail = {
    /** The text of the block up to the caret; `null` while something is selected or nothing has the focus. */
    textBefore(editor) {
      const state = editor?.getEditorState();
      const selection = state?.getSelection();
      if (!selection?.getHasFocus() || !selection.isCollapsed()) return null;
      const block = state.getCurrentContent().getBlockForKey(selection.getStartKey());
      return block.getText().slice(0, selection.getStartOffset());
    },

    /** Replaces so many characters before the last `typed` ones; the caret stays behind these. */
    replaceBefore(editor, length, html, typed = 0) {
      const { EditorState, Modifier, convertFromHTML, ContentState } = window.DraftJS;
      const state = editor.getEditorState();
      const selection = state.getSelection();
      const end = selection.getStartOffset() - typed;
      const place = selection.merge({ anchorOffset: end - length, focusOffset: end });
      const parsed = convertFromHTML(html);
      const blocks = ContentState.createFromBlockArray(parsed.contentBlocks, parsed.entityMap).getBlockMap();
      const content = Modifier.replaceWithFragment(state.getCurrentContent(), place, blocks);
      const inserted = EditorState.push(state, content, 'insert-fragment');
      const caret = content.getSelectionAfter();
      const behind = caret.getFocusOffset() + typed;
      editor.onChange(EditorState.forceSelection(inserted, caret.merge({ anchorOffset: behind, focusOffset: behind })));
    },
  };
})();
