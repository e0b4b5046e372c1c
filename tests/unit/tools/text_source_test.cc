#include "tools/text_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "recording_sample_sink.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tools {
namespace {

using testing::HasSubstr;

class TextSourceTest : public testing::Test {
 protected:
  std::string Put(const std::string& bytes) { return dir_.Write("file", bytes); }
  // Everything, in reads of `size` bytes.
  static Result<std::string> ReadAll(const std::string& path, std::size_t size) {
    PT_ASSIGN_OR_RETURN(const auto source, TextSource::Open(path));
    std::string text;
    std::string block(size, '\0');
    while (true) {
      PT_ASSIGN_OR_RETURN(const std::size_t got, source->Read(block));
      if (got == 0) break;
      text.append(block, 0, got);
    }
    EXPECT_EQ(source->bytes_read(), source->bytes_total());
    return text;
  }

  const ScratchDir dir_;
};

std::string Gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string SomeText(std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i)
    text += "a{x=\"" + std::to_string(i % 7) + "\"} " + std::to_string(i * i) + " 1\n";
  return text;
}

TEST_F(TextSourceTest, ReadsPlainAndCompressedAlike) {
  for (const std::string& text :
       {std::string(), std::string("a"), std::string("abc"), SomeText(100), SomeText(30'000)}) {
    for (const std::size_t size : {std::size_t{1000}, std::size_t{1 << 20}}) {
      for (const std::string& bytes : {text, Gzip(text), Zstd(text)}) {
        const Result<std::string> read = ReadAll(Put(bytes), size);
        ASSERT_TRUE(read.ok()) << read.status().message();
        EXPECT_EQ(*read, text);
      }
    }
  }
}

TEST_F(TextSourceTest, ReadsSeveralMembersAndFrames) {
  const std::string text = SomeText(1000);
  for (const std::string& bytes : {Gzip(text) + Gzip("b") + Gzip(""), Zstd(text) + Zstd("b") + Zstd("")}) {
    const Result<std::string> read = ReadAll(Put(bytes), 4096);
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(*read, text + "b");
  }
}

TEST_F(TextSourceTest, RefusesTornAndDamagedFiles) {
  const std::string text = SomeText(300);
  for (const std::string& bytes : {Gzip(text), Zstd(text)}) {
    for (std::size_t size = 4; size < bytes.size(); ++size) {
      EXPECT_EQ(ReadAll(Put(bytes.substr(0, size)), 4096).status().code(), StatusCode::kCorruption) << size;
    }
    std::string junk = bytes + "junk";
    EXPECT_EQ(ReadAll(Put(junk), 4096).status().code(), StatusCode::kCorruption);
  }
  std::string gzip = Gzip(text);
  gzip[gzip.size() - 8] = static_cast<char>(gzip[gzip.size() - 8] ^ 1);  // the checksum
  EXPECT_THAT(ReadAll(Put(gzip), 4096).status().message(), HasSubstr("damaged gzip data"));
}

TEST_F(TextSourceTest, SaysWhatCannotBeOpened) {
  EXPECT_EQ(TextSource::Open(dir_.path() / "missing").status().code(), StatusCode::kNotFound);
  EXPECT_THAT(TextSource::Open(dir_.path()).status().message(), HasSubstr("is a directory"));
}

TEST_F(TextSourceTest, ReadsStandardInput) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int before = dup(STDIN_FILENO);
  ASSERT_EQ(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  const std::string bytes = Gzip("hello\n");
  ASSERT_EQ(write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  close(ends[1]);
  {
    const auto source = TextSource::Open("-");
    ASSERT_TRUE(source.ok());
    EXPECT_EQ((*source)->name(), "standard input");
    EXPECT_FALSE((*source)->bytes_total());
    std::string block(100, '\0');
    const Result<std::size_t> got = (*source)->Read(block);
    ASSERT_TRUE(got.ok());
    EXPECT_EQ(block.substr(0, *got), "hello\n");
  }
  dup2(before, STDIN_FILENO);
  close(before);
  close(ends[0]);
}

class Counting final : public ImportProgress {
 public:
  Status OnProgress(const TextSource& source, std::uint64_t samples) override {
    ++calls;
    EXPECT_LE(source.bytes_read(), *source.bytes_total());
    EXPECT_GE(samples, seen);
    seen = samples;
    return calls == calls_max ? Status::Unavailable("stopped") : Status::Ok();
  }
  int calls = 0;
  int calls_max = 0;
  std::uint64_t seen = 0;
};

TEST_F(TextSourceTest, IsParsedWholeWithProgress) {
  const std::string path = Put(Zstd(SomeText(50'000) + "# EOF\n"));
  auto source = TextSource::Open(path);
  ASSERT_TRUE(source.ok());
  RecordingSampleSink sink;
  Counting progress;
  const Status status = ParseSamples(**source, SampleFormat::kAuto, sink, &progress);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(sink.points.size(), 50'000U);
  EXPECT_GT(progress.calls, 1);

  auto again = TextSource::Open(path);
  ASSERT_TRUE(again.ok());
  Counting stopping;
  stopping.calls_max = 2;
  EXPECT_EQ(ParseSamples(**again, SampleFormat::kAuto, sink, &stopping).message(), "stopped");
}

}  // namespace
}  // namespace proxy_telemetry::tools
