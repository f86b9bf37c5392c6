#!/bin/sh
# Makes the prompt files from their texts: espeak-ng speaks, sox brings it to 8 kHz mono 16-bit, telephone band and level.
# The files are committed; run this only after changing a text. Needs the Debian packages espeak-ng and sox.
set -eu
cd "$(dirname "$0")"

speak() { # language voice name text
    raw=$(mktemp --suffix=.wav)
    espeak-ng -v "$2" -s 172 -w "$raw" "$4"
    # The short silence at the end keeps two rounds of a prompt apart.
    sox -D "$raw" -r 8000 -c 1 -b 16 "$1/$3.wav" highpass 300 lowpass 3400 \
        silence 1 0.01 0.1% reverse silence 1 0.01 0.1% reverse norm -9 pad 0.1 0.4
    rm -f "$raw"
}

speak de de accept "Dienstlicher Anruf. Drücken Sie 1 zum Annehmen, 2 zum Ablehnen."
speak en en-us accept "Office call. Press 1 to accept, 2 to decline."
speak de de confirm "Drücken Sie 1, um Ihren Anruf zu starten."
speak en en-us confirm "Press 1 to place your call."
