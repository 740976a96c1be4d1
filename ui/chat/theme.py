"""The colours and fonts of Gradio's own components; style.css has those of ours."""

from __future__ import annotations

import gradio as gr

_SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Liberation Sans", "sans-serif"]
_MONO = ["ui-monospace", "Liberation Mono", "monospace"]
_ACCENT = gr.themes.Color(
    c50="#f1f5fb",
    c100="#dfe9f6",
    c200="#bfd3ed",
    c300="#8fb4e3",
    c400="#5b8ccd",
    c500="#2f66b1",
    c600="#1d4f91",
    c700="#184276",
    c800="#14365f",
    c900="#102a4a",
    c950="#0b1d33",
)

THEME = gr.themes.Base(
    primary_hue=_ACCENT, neutral_hue=gr.themes.colors.stone, font=_SANS, font_mono=_MONO, radius_size="sm"
).set(
    body_background_fill="#fbfaf7",
    body_background_fill_dark="#17181b",
    body_text_color="#1c1b19",
    body_text_color_dark="#ecebe6",
    body_text_color_subdued="#5f5b53",
    body_text_color_subdued_dark="#aaa79f",
    background_fill_primary="#ffffff",
    background_fill_primary_dark="#1f2125",
    background_fill_secondary="#f4f2ec",
    background_fill_secondary_dark="#26282d",
    block_background_fill="transparent",
    block_background_fill_dark="transparent",
    block_border_width="0px",
    block_label_background_fill="transparent",
    border_color_primary="#dedace",
    border_color_primary_dark="#3a3d43",
    button_primary_background_fill="#1d4f91",
    button_primary_background_fill_hover="#184276",
    button_primary_background_fill_dark="#8fb4e3",
    button_primary_background_fill_hover_dark="#bfd3ed",
    button_primary_text_color="#ffffff",
    button_primary_text_color_dark="#10131a",
    input_background_fill="#ffffff",
    input_background_fill_dark="#1f2125",
)
