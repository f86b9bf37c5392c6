import Foundation

/// Prints a line at once: unlike `print`, in order with what the ladder writes, also into a pipe.
func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
