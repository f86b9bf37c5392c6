import Foundation

/// Where this process' build and its checkout stand.
public enum Build {
    /// Folder of the executables that were built with this one.
    public static var folder: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: own).deletingLastPathComponent().path
    }

    /// An executable of the same build ("rufbus-media").
    public static func executable(_ name: String) throws(HouseError) -> String {
        let path = folder + "/" + name
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw HouseError("\(path) is missing: build all products (make build)")
        }
        return path
    }

    /// The checkout: the nearest folder above the build that has a Package.swift.
    public static func checkout() throws(HouseError) -> String {
        var place = URL(filePath: folder)
        while place.path != "/" {
            if FileManager.default.fileExists(atPath: place.appending(path: "Package.swift").path) { return place.path }
            place = place.deletingLastPathComponent()
        }
        throw HouseError("no Package.swift above \(folder): run this from a build inside the checkout")
    }
}
