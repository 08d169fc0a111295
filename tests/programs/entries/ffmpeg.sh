# ffmpeg: encodes 4 s of H.264 and AAC, decodes, scales
# version: ffmpeg -version
# needs: ffmpeg
# outputs: frames
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    traced ffmpeg -nostdin -v error -f lavfi -i testsrc2=d=4:s=320x240 -f lavfi -i sine=d=4 \
        -c:v libx264 -preset fast -threads 4 -c:a aac -bitexact out.mkv
    traced ffmpeg -nostdin -v error -threads 4 -i out.mkv -vf scale=160:120 -f framemd5 frames
}
