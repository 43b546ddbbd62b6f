// Does the package beside this file answer on this Mac as it did when it was made?
//
//     swift replay.swift [all | cpuOnly | cpuAndGPU | cpuAndNeuralEngine]
//
// Needs macOS 15 on Apple silicon and the Swift of its developer tools, nothing else. Feeds each
// recorded conversation as replay.py does and holds it to the same bounds; a package of fixed
// shapes is left to replay.py. Exit code 0: within the bounds; 1: not; 2: it could not be tried.
import CoreML
import Foundation

struct Contract: Decodable {  // contract.json
    let package: String
    let functions: [String: [Input]]
}

struct Input: Decodable {
    let name: String
    let lengths: [[Int]]
    let shapes: [[Int]]?
}

struct Index: Decodable {  // golden/index.json
    let probes: [String]
    let top1_at_least, tie_nats, logit_difference_at_most_share_of_largest: Double
}

struct Probe: Decodable {  // golden/probe-*.json
    let functions: [String]
    let prompt: Int
    let input_ids: [Int32]
    let student_ids, package_ids: [[Int]]
    let student_logits, package_logits: [[Double]]
    let package_largest: Double
}

struct NotTried: Error, CustomStringConvertible {
    let description: String
}

/// One function of the package, loaded. `shapes` are its only lengths, if it keeps no state.
struct Function {
    let model: MLModel
    let fewest, most: Int  // tokens of a call
    let shapes: [Int]?

    init(_ model: MLModel, _ inputs: [Input]) throws {
        guard let ids = inputs.first(where: { $0.name == "inputIds" }), inputs.count == 2 else {
            throw NotTried(description: "its shapes are fixed: use python3 replay.py")
        }
        self.model = model
        fewest = ids.lengths[1][0]
        most = ids.lengths[1][1]
        shapes = ids.shapes?.map { $0[1] }
    }
}

/// Tokens that were sent to the functions of one speaker, which share a state.
final class Conversation {
    let functions: [Function]
    let state: MLState?
    var said: [Int32] = []

    init(_ functions: [Function]) {
        self.functions = functions
        state = functions[0].shapes == nil ? functions[0].model.makeState() : nil
    }

    /// The logits of the next token after each of `tokens`, by the function that takes most of them.
    func feed(_ tokens: [Int32]) throws -> [[Double]] {
        var rows: [[Double]] = []
        while rows.count < tokens.count {
            let left = tokens.count - rows.count
            let fitting = functions.filter { $0.shapes != nil || $0.fewest <= left }
            guard let best = fitting.max(by: { min($0.most, left) < min($1.most, left) }) else {
                throw NotTried(description: "no function takes a piece of \(left) tokens")
            }
            rows += try call(best, Array(tokens[rows.count...].prefix(best.most)))
        }
        return rows
    }

    func call(_ function: Function, _ tokens: [Int32]) throws -> [[Double]] {
        let past = said.count
        said += tokens
        let sent = said.count
        var inputs: [String: MLFeatureValue] = [:]
        if let shapes = function.shapes {  // the whole conversation, padded to the shortest shape
            let length = shapes.filter { $0 >= sent }.min() ?? sent
            let padding = [Int32](repeating: 0, count: length - sent)
            let counts = [Int32](repeating: 1, count: sent) + padding
            inputs["inputIds"] = value(said + padding, [1, length])
            inputs["attentionMask"] = value(counts, [1, length])
        } else {  // a row of the mask a token, minus infinity where it would look ahead
            let mask: [Float16] = (past..<sent).flatMap { row in
                (0..<sent).map { $0 <= row ? Float16(0) : -Float16.infinity }
            }
            inputs["inputIds"] = value(tokens, [1, tokens.count])
            inputs["causalMask"] = value(mask, [1, 1, tokens.count, sent])
        }
        let provider = try MLDictionaryFeatureProvider(dictionary: inputs)
        let answer: MLFeatureProvider
        if let state {
            answer = try function.model.prediction(from: provider, using: state)
        } else {
            answer = try function.model.prediction(from: provider)
        }
        guard let logits = answer.featureValue(for: "logits")?.shapedArrayValue(of: Float16.self)
        else { throw NotTried(description: "the package does not answer with fp16 logits") }
        let (wide, numbers) = (logits.shape[2], logits.scalars)
        let first = function.shapes == nil ? 0 : past
        return (first..<(first + tokens.count)).map { row in
            numbers[(row * wide)..<((row + 1) * wide)].map { Double($0) }
        }
    }

    func value<S: MLShapedArrayScalar>(_ scalars: [S], _ shape: [Int]) -> MLFeatureValue {
        MLFeatureValue(shapedArray: MLShapedArray<S>(scalars: scalars, shape: shape))
    }
}

/// Positions whose first token is the student's or a tie of it, and the largest difference.
func compare(_ logits: [[Double]], _ probe: Probe, _ tie: Double) -> (agreed: Int, apart: Double) {
    var (agreed, apart) = (0, 0.0)
    for (at, row) in logits.enumerated() {
        let told = probe.student_logits[at]
        if let chosen = row.firstIndex(of: row.max()!),
            let place = probe.student_ids[at].firstIndex(of: chosen), told[0] - told[place] <= tie
        {
            agreed += 1
        }
        for (token, logit) in zip(probe.package_ids[at], probe.package_logits[at]) {
            let share = abs(row[token] - logit) / probe.package_largest
            apart = share.isNaN ? .infinity : max(apart, share)
        }
    }
    return (agreed, apart)
}

/// Replays every probe and prints a line of each; what is out of bounds comes back.
func replay(_ folder: URL, _ units: MLComputeUnits) async throws -> [String] {
    func parsed<Content: Decodable>(_ name: String, _ type: Content.Type) throws -> Content {
        try JSONDecoder().decode(type, from: Data(contentsOf: folder.appendingPathComponent(name)))
    }
    let contract = try parsed("contract.json", Contract.self)
    let index = try parsed("golden/index.json", Index.self)
    let package = folder.appendingPathComponent(contract.package)
    let compiled = try await MLModel.compileModel(at: package)
    var functions: [String: Function] = [:]
    for (name, inputs) in contract.functions {
        let configuration = MLModelConfiguration()
        configuration.computeUnits = units
        // CoreML finds the only function of a package by no name.
        configuration.functionName = contract.functions.count > 1 ? name : nil
        let model = try MLModel(contentsOf: compiled, configuration: configuration)
        functions[name] = try Function(model, inputs)
    }
    var counts: [[String]: (agreed: Int, all: Int)] = [:]
    var problems: [String] = []
    for name in index.probes {
        let probe = try parsed("golden/\(name)", Probe.self)
        let talk = Conversation(probe.functions.compactMap { functions[$0] })
        let start = Date()
        var logits = try talk.feed(Array(probe.input_ids.prefix(probe.prompt)))
        for token in probe.input_ids.dropFirst(probe.prompt) { logits += try talk.feed([token]) }
        let ms = Date().timeIntervalSince(start) * 1000 / Double(logits.count)
        let (agreed, apart) = compare(logits, probe, index.tie_nats)
        let before = counts[probe.functions] ?? (0, 0)
        counts[probe.functions] = (before.agreed + agreed, before.all + logits.count)
        let told = String(format: "difference %.4f, %.2f ms a token", apart, ms)
        print("\(name) \(probe.functions): first token \(agreed) of \(logits.count), \(told)")
        let bound = index.logit_difference_at_most_share_of_largest
        if apart > bound { problems.append("\(name): difference \(apart), at most \(bound)") }
    }
    for (speaker, (agreed, all)) in counts where Double(agreed) < index.top1_at_least * Double(all) {
        problems.append("\(speaker): first token \(agreed) of \(all)")
    }
    return problems
}

let units: [String: MLComputeUnits] = [
    "all": .all, "cpuOnly": .cpuOnly, "cpuAndGPU": .cpuAndGPU,
    "cpuAndNeuralEngine": .cpuAndNeuralEngine,
]
let named = CommandLine.arguments.dropFirst().first ?? "all"
let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
Task {
    do {
        guard let chosen = units[named] else { throw NotTried(description: "unknown: \(named)") }
        let problems = try await replay(folder, chosen)
        print(problems.isEmpty ? "passed" : "failed: " + problems.joined(separator: "; "))
        exit(problems.isEmpty ? 0 : 1)
    } catch {
        FileHandle.standardError.write(Data("not tried: \(error)\n".utf8))
        exit(2)
    }
}
dispatchMain()
