import Foundation
import Testing

@testable import BusClient

/// A folder of the test's own, removed with it.
private final class Folder {
    let path: String
    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/rufbus-outbox-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }
    deinit { do { try FileManager.default.removeItem(atPath: path) } catch {} }

    var file: String { path + "/signaling-a1.outbox" }
    var bytes: [UInt8] { FileManager.default.contents(atPath: file).map { Array($0) } ?? [] }
    func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: file)) }
    func open(bytes: Int = 1 << 20, now: Int64 = 1_000) throws(BusError) -> OutboxFile {
        try OutboxFile(folder: path, name: "signaling-a1", limits: .init(bytes: bytes), now: now)
    }
}

private func event(_ number: UInt64, bytes: Int = 20, writtenAt: Int64 = 1_000) -> OutboxRecord.Event {
    let body = "{\"number\":\(number)" + String(repeating: " ", count: bytes) + "}"
    return OutboxRecord.Event(
        number: number, writtenAt: writtenAt, exchange: "rufbus.events", key: "call.3.started.anna.c\(number)",
        type: "rufbus.call.started.v1", id: "id-\(number)", body: Array(body.utf8))
}
private func events(_ numbers: ClosedRange<UInt64>) -> [OutboxRecord.Event] { numbers.map { event($0) } }

@Suite struct OutboxFileTests {
    @Test func whatWasNotSettledComesBackInOrderWithAllItSays() throws {
        let folder = try Folder()
        var file: OutboxFile? = try folder.open()
        #expect(file?.append(events(1...5)).written == 5)
        file?.settle(upTo: 2)
        file = nil
        let again = try folder.open()
        #expect(again.recovered == events(3...5))
        #expect(again.last == 5 && again.damages.isEmpty && again.expired == 0)
    }

    @Test func nothingIsLeftOnDiskOfWhatIsSettled() throws {
        let folder = try Folder()
        let file = try folder.open()
        _ = file.append(events(1...5))
        file.settle(upTo: 5)
        #expect(folder.bytes == OutboxScan.header)
        _ = file.append([event(6)])
        #expect(OutboxScan(folder.bytes).live.map(\.event) == [event(6)])
    }

    @Test func orderIsThatOfTheNumbersAndAnIdComesOnce() throws {
        let folder = try Folder()
        var file: OutboxFile? = try folder.open()
        _ = file?.append([event(3), event(1), event(2), event(3)])
        file = nil
        #expect(try folder.open().recovered == events(1...3))
    }

    @Test func onlyTheOwnerMayReadIt() throws {
        let folder = try Folder()
        try folder.write([])
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: folder.file)
        _ = try folder.open()
        for path in [folder.file, folder.file + ".lock"] {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    // MARK: Damage

    /// Cut at every byte of the last two records: what was whole before comes back, and the rest is cut off.
    @Test func aTailThatIsCutAtAnyByteCostsOnlyItself() throws {
        let folder = try Folder()
        _ = try folder.open().append(events(1...4))
        let whole = folder.bytes
        let starts = OutboxScan(whole).live.map(\.place.lowerBound)
        for size in starts[2]..<whole.count {
            try folder.write(Array(whole[..<size]))
            let file = try folder.open()
            let kept: UInt64 = size < starts[3] ? 2 : 3
            try #require(file.recovered == events(1...kept), "cut at \(size)")
            let isClean = size == starts[2] || size == starts[3]
            try #require(file.damages.isEmpty == isClean && file.damages.allSatisfy(\.isTail), "cut at \(size)")
            try #require(folder.bytes.count == starts[Int(kept)], "cut at \(size)")
            _ = file.append([event(9)])
            try #require(OutboxScan(folder.bytes).live.map(\.event) == events(1...kept) + [event(9)])
        }
    }

    /// Each byte of the second of four records changed: the other three come back, and the damage is reported.
    @Test func aChangedByteInTheMiddleCostsOnlyItsRecord() throws {
        let folder = try Folder()
        _ = try folder.open().append(events(1...4))
        let whole = folder.bytes
        let place = OutboxScan(whole).live[1].place
        for index in place {
            var bytes = whole
            bytes[index] ^= 0x55
            let scan = OutboxScan(bytes)
            try #require(scan.live.map(\.event) == [event(1), event(3), event(4)], "byte \(index)")
            let damage = OutboxScan.Damage(offset: place.lowerBound, bytes: place.count, isTail: false)
            try #require(scan.damages == [damage], "byte \(index)")
        }
    }

    @Test func aTornHeaderIsAnEmptyFile() throws {
        let folder = try Folder()
        for size in 0..<OutboxScan.header.count {
            try folder.write(Array(OutboxScan.header[..<size]))
            let file = try folder.open()
            _ = file.append([event(1)])
            #expect(OutboxScan(folder.bytes).live.map(\.event) == [event(1)])
        }
    }

    @Test func whatIsTooOldIsCountedAndNotSent() throws {
        let folder = try Folder()
        let week = Int64(7 * 86_400_000)
        _ = try folder.open().append([event(1, writtenAt: 1_000), event(2, writtenAt: 2_000)])
        let file = try folder.open(now: 1_500 + week)
        #expect(file.recovered == [event(2, writtenAt: 2_000)] && file.expired == 1)
    }

    // MARK: Room

    @Test func aFullFileRefusesWithASentenceAndKeepsWhatItHas() throws {
        let folder = try Folder()
        let file = try folder.open(bytes: 1_000)
        let (written, refusal) = file.append(events(1...50))
        #expect(written > 2 && written < 10 && refusal?.kind == .outbox)
        #expect(refusal?.message.contains("bus.outbox") == true && refusal?.message.contains("refused") == true)
        #expect(OutboxScan(folder.bytes).live.map(\.event) == events(1...UInt64(written)))
    }

    @Test func settledOnesMakeRoom() throws {
        let folder = try Folder()
        let file = try folder.open(bytes: 2_000)
        for number in UInt64(1)...200 {
            #expect(file.append([event(number)]).written == 1)
            if number > 3 { file.settle(upTo: number - 3) }
        }
        #expect(folder.bytes.count <= 2_000)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
        #expect(OutboxScan(folder.bytes).live.map(\.event) == events(198...200))
    }

    // MARK: Who may open it

    private func failure(_ work: () throws(BusError) -> OutboxFile) -> BusError? {
        do throws(BusError) {
            _ = try work()
            return nil
        } catch { return error }
    }

    @Test func aSecondProcessIsRefusedAndTheNextIsNot() throws {
        let folder = try Folder()
        var first: OutboxFile? = try folder.open()
        let error = failure { () throws(BusError) in try folder.open() }
        #expect(error?.kind == .outbox && error?.message.contains("another process holds") == true)
        #expect(first?.append([event(1)]).written == 1)
        first = nil
        #expect(try folder.open().recovered == [event(1)])
    }

    @Test func whatAnotherInstanceLeftIsSeenAndAnEmptyFileIsNot() throws {
        let folder = try Folder()
        let other = try OutboxFile(folder: folder.path, name: "signaling-b2", now: 1_000)
        let own = try folder.open()
        _ = own.append([event(1)])
        #expect(OutboxFile.others(in: folder.path, beside: own.path).isEmpty)
        _ = other.append([event(1)])
        let seen = OutboxFile.others(in: folder.path, beside: own.path)
        #expect(seen.map(\.path) == [other.path] && seen[0].bytes > OutboxScan.header.count)
    }

    @Test func aFolderThatIsNotThereIsNamed() {
        let error = failure { () throws(BusError) in try OutboxFile(folder: "/nowhere/at/all", name: "a", now: 0) }
        #expect(error?.message.hasPrefix("bus.outbox: there is no folder /nowhere/at/all") == true)
    }

    @Test func aFolderThatCannotBeWrittenIsNamed() {
        let error = failure { () throws(BusError) in try OutboxFile(folder: "/proc/self", name: "a", now: 0) }
        #expect(error?.kind == .outbox && error?.message.contains("/proc/self/a.outbox") == true)
    }

    @Test(arguments: [
        ("#!/bin/sh\necho 1234567890\n", "is no outbox file"), ("RUFBUS outbox 2\nxyz", "newer version"),
    ])
    func anotherFileIsLeftAsItIs(_ text: String, _ words: String) throws {
        let folder = try Folder()
        try folder.write(Array(text.utf8))
        let error = failure { () throws(BusError) in try folder.open() }
        #expect(error?.kind == .outbox && error?.message.contains(words) == true)
        #expect(folder.bytes == Array(text.utf8))
    }

    @Test func aLinkIsNotFollowed() throws {
        let folder = try Folder()
        try FileManager.default.createSymbolicLink(atPath: folder.file, withDestinationPath: folder.path + "/x")
        #expect(failure { () throws(BusError) in try folder.open() }?.kind == .outbox)
    }
}
