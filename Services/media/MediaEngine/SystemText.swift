import CMediaIO

/// The operating system's words for an error number.
func errorText(_ code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
        guard let start = text.baseAddress else { return "error \(code)" }
        media_error_text(code, start, Int32(text.count))
        return String(cString: start)
    }
}
