import Testing

/// The house rules that the compiler and swift-format do not see.
struct TidyTests {
    static let pureCores = [
        "Shared/TelephonyModel", "Shared/BusContract", "Shared/CallRules", "Shared/IdentityProfiles",
        "Services/signaling/CallControl", "Services/signaling/SDP",
        "Services/signaling/SeatStore", "Services/signaling/TrunkControl",
        "Services/media/RTP", "Services/media/AudioKernel", "Services/media/MediaControl",
        "Services/presence/PresenceCore", "Services/journal/JournalCore", "Services/tap/Ladder",
    ]
    /// Folder and module of each adapter.
    static let adapters = [
        ("Shared/BusClient", "BusClient"), ("Shared/Postgres", "Postgres"), ("Shared/PhoneNumbers", "PhoneNumbers"),
        ("Shared/ServiceKit", "ServiceKit"), ("Services/signaling/SIPStack", "SIPStack"),
        ("Services/media/Codecs", "Codecs"), ("Services/media/MediaEngine", "MediaEngine"),
        ("Services/cti/API", "CTIGateway"),
    ]
    /// A service's life includes its connection to the bus; the engine's tables are made by the codecs.
    static let adapterPairs = ["ServiceKit": ["BusClient"], "MediaEngine": ["Codecs"]]

    @Test func theProjectIsFound() {
        #expect(Project.swift.count > 50)
        for core in Self.pureCores + Self.adapters.map(\.0) { #expect(!Project.swift(in: core).isEmpty, "\(core)") }
    }

    @Test func filesHaveAtMost600Lines() {
        for file in Project.sources { #expect(file.lines.count <= 601, "\(file)") }
    }

    @Test func linesHaveAtMost120Characters() {
        for file in Project.sources {
            let long = file.lines.indices.filter { file.lines[$0].count > 120 }.map { $0 + 1 }
            #expect(long.isEmpty, "\(file)")
        }
    }

    @Test func functionsHaveAtMost60Lines() {
        for file in Project.swift {
            let long = file.functions.filter { $0.count > 60 }.map { "line \($0.line): \($0.count) lines" }
            #expect(long.isEmpty, "\(file)")
        }
    }

    @Test func theMedianFunctionIsShort() {
        let counts = Project.swift.filter { !$0.path.hasPrefix("Tests/") }.flatMap(\.functions).map(\.count).sorted()
        #expect(!counts.isEmpty)
        #expect(counts.isEmpty || counts[counts.count / 2] <= 12)
    }

    @Test func nothingIsForced() {
        let word = "try" + "!"
        for file in Project.swift { #expect(!file.text.contains(word), "\(file)") }
    }

    /// And the two shared cores that are rules over the contract.
    @Test func coresImportOnlyTheModelAndTheContract() {
        let allowed: Set = ["TelephonyModel", "BusContract", "CallRules", "IdentityProfiles"]
        for file in Self.pureCores.flatMap(Project.swift(in:)) {
            #expect(file.imports.filter { !allowed.contains($0) }.isEmpty, "\(file)")
        }
    }

    @Test func coresReadNoClock() {
        let clocks = ["ContinuousClock", "SuspendingClock", "clock_gettime", "Task.sleep", "Date()", "DispatchTime"]
        for file in Self.pureCores.flatMap(Project.swift(in:)) {
            #expect(clocks.filter { file.text.contains($0) }.isEmpty, "\(file)")
        }
    }

    @Test func adaptersDoNotKnowEachOther() {
        let names = Set(Self.adapters.map(\.1))
        for (folder, name) in Self.adapters {
            let others = names.subtracting(Self.adapterPairs[name, default: []]).subtracting([name])
            for file in Project.swift(in: folder) { #expect(others.isDisjoint(with: file.imports), "\(file)") }
        }
    }

    @Test func nothingHoldsAPlace() {
        #expect(Project.sources.filter { $0.path.hasSuffix("Placeholder.swift") }.map(\.path) == [])
    }

    @Test func noPathOfOneMachine() {
        let paths = ["/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/", "/wo" + "rk/"]
        for file in Project.sources { #expect(paths.filter { file.text.contains($0) }.isEmpty, "\(file)") }
    }

    /// By itself or by a function of its folder that does.
    @Test func eachTestFileExpectsSomething() {
        let words = ["#expect", "#require", "Issue.record"]
        for file in Project.swift(in: "Tests") where file.text.contains("@Test") {
            let helpers = Project.swift(in: file.folder).flatMap { $0.functions(holding: words) }
            let expects = words + helpers.map { $0 + "(" }
            #expect(expects.contains { file.text.contains($0) }, "\(file)")
        }
    }

    @Test func functionsAreSeen() throws {
        let file = SourceFile(
            path: "",
            text: "struct A {\n    func a(\n        b: Int\n    ) -> Int {\n        b\n    }\n    func c() {}\n}\n")
        let first = try #require(file.functions.first)
        #expect(file.functions.count == 1)
        #expect(first.line == 2 && first.count == 5)
    }
}
