# Prints what pefile reads of an executable, as JSON: the second outside reader of tests.
# usage: python3 read-pe.py FOLDER_OF_PEFILE FILE
import json
import sys

sys.path.insert(0, sys.argv[1])
import pefile  # noqa: E402

pe = pefile.PE(sys.argv[2])
unwind = [
    {
        "begin": e.struct.BeginAddress,
        "end": e.struct.EndAddress,
        "prolog": e.unwindinfo.SizeOfProlog,
        "frame": e.unwindinfo.FrameRegister,
        "codes": [str(code) for code in e.unwindinfo.UnwindCodes],
    }
    for e in getattr(pe, "DIRECTORY_ENTRY_EXCEPTION", [])
]
resources = [
    pe.get_data(leaf.data.struct.OffsetToData, leaf.data.struct.Size).decode()
    for kind in getattr(getattr(pe, "DIRECTORY_ENTRY_RESOURCE", None), "entries", [])
    for name in kind.directory.entries
    for leaf in name.directory.entries
]
print(
    json.dumps(
        {
            "warnings": pe.get_warnings(),
            "machine": pe.FILE_HEADER.Machine,
            "magic": pe.OPTIONAL_HEADER.Magic,
            "subsystem": pe.OPTIONAL_HEADER.Subsystem,
            "entry": pe.OPTIONAL_HEADER.AddressOfEntryPoint,
            "sum": pe.verify_checksum(),
            "sections": [s.Name.rstrip(b"\0").decode() for s in pe.sections],
            "imports": [
                [d.dll.decode(), [i.name.decode() for i in d.imports]]
                for d in getattr(pe, "DIRECTORY_ENTRY_IMPORT", [])
            ],
            "debug": [d.struct.Type for d in getattr(pe, "DIRECTORY_ENTRY_DEBUG", [])],
            "unwind": unwind,
            "resources": resources,
        }
    )
)
