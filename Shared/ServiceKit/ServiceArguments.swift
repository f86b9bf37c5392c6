import ArgumentParser

/// The arguments that every service takes.
public struct ServiceArguments: ParsableArguments, Sendable {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("Settings in YAML. The environment wins: bus.url is RUFBUS_BUS_URL.", valueName: "file"))
    var file: String?

    @Flag(name: .customLong("check-config"), help: "Say whether the settings are right, and end.")
    var checksOnly = false

    public init() {}
}

extension CommandConfiguration {
    /// A service's name, what it does, and what is common to all.
    public static func service(_ name: String, _ abstract: String, _ discussion: String = "") -> CommandConfiguration {
        let codes =
            "Ends with 78 and a line for each mistake in the settings (docs/settings.md), with 64 for arguments "
            + "that it does not know."
        return CommandConfiguration(
            commandName: "rufbus-\(name)", abstract: abstract,
            discussion: discussion.isEmpty ? codes : discussion + "\n\n" + codes)
    }
}
