@testable import SDP

/// A description as text lines; CRLF between and behind them.
func sdp(_ lines: String...) -> [UInt8] { Array((lines.joined(separator: "\r\n") + "\r\n").utf8) }

/// What most phones send.
let phone = sdp(
    "v=0", "o=alice 2890844526 2890844526 IN IP4 192.0.2.7", "s=call", "c=IN IP4 192.0.2.7", "t=0 0",
    "m=audio 49170 RTP/AVP 9 8 0 96", "a=rtpmap:9 G722/8000", "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-16", "a=ptime:30", "a=sendrecv")

let bridge = AudioSession(address: "198.51.100.4", port: 20_000, id: 77)

/// The lines of a description, without its o= line's numbers.
func lines(_ text: String) -> [String] { text.split(separator: "\r\n").map(String.init) }

/// Session version in o=.
func version(_ text: String) -> UInt64? {
    guard let origin = lines(text).first(where: { $0.hasPrefix("o=") }) else { return nil }
    return UInt64(origin.split(separator: " ")[2])
}
