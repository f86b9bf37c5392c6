#!/bin/sh
# Speaks what the demo's phones say: 8 kHz mono 16-bit WAV. Needs espeak-ng and sox; the results are committed.
set -eu
cd "$(dirname "$0")"

speak() {
    espeak-ng -v "$2" -s 150 -w "$1.raw.wav" "$3"
    sox "$1.raw.wav" -r 8000 -c 1 -b 16 "$1.wav" norm -9
    rm "$1.raw.wav"
}

speak anna de "Guten Tag, hier ist Anna Beispiel. Ich rufe von meinem Mobiltelefon an, Sie sehen meine Büronummer."
speak office de "Guten Tag, Sie sprechen mit dem Büro von Anna Beispiel."
speak customer de "Guten Tag, Frau Beispiel. Schön, dass Sie anrufen. Ich höre Sie gut."
