//! Packs parts into a workbook.

/// A stored archive of these members, so that the fuzzer changes the parts and not the packing.
pub fn pack(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        let begun = writer.start_file(*name, options).is_ok();
        assert!(begun && std::io::Write::write_all(&mut writer, bytes).is_ok());
    }
    writer.finish().map(std::io::Cursor::into_inner).unwrap_or_default()
}
