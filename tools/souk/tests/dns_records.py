"""A DNS server on loopback that knows the text records of a file, for tests.

    dns_records.py FILE

Each line of FILE: a name, a blank, a text. Prints its port, then answers over UDP and TCP until it is
ended. Names that are not in the file do not exist.
"""
import socket
import struct
import sys
import threading

LONGEST_DATAGRAM = 512


def name_at(packet, at):
    labels = []
    while packet[at]:
        size = packet[at]
        labels.append(packet[at + 1:at + 1 + size].decode("ascii").lower())
        at += 1 + size
    return ".".join(labels), at + 1


def record(text):
    raw = text.encode()
    pieces = [raw[i:i + 255] for i in range(0, len(raw), 255)]
    data = b"".join(bytes([len(piece)]) + piece for piece in pieces)
    return b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, len(data)) + data


def answer_to(packet, records, longest=65535):
    name, end = name_at(packet, 12)
    texts = records.get(name, [])
    question = packet[12:end + 4]
    flags = 0x8180 if texts else 0x8183
    whole = packet[:2] + struct.pack(">HHHHH", flags, 1, len(texts), 0, 0) + question
    whole += b"".join(record(text) for text in texts)
    if len(whole) <= longest:
        return whole
    # Cut: who asked comes again over TCP.
    return packet[:2] + struct.pack(">HHHHH", 0x8380, 1, 0, 0, 0) + question


def serve_tcp(listener, records):
    while True:
        peer, _ = listener.accept()
        with peer:
            size = peer.recv(2, socket.MSG_WAITALL)
            if len(size) < 2:
                continue
            packet = peer.recv(struct.unpack(">H", size)[0], socket.MSG_WAITALL)
            whole = answer_to(packet, records)
            peer.sendall(struct.pack(">H", len(whole)) + whole)


def both_on_one_port():
    """A TCP and a UDP socket of the same free port."""
    while True:
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
            return tcp, udp
        except OSError:
            tcp.close()
            udp.close()


def main():
    records = {}
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            name, _, text = line.strip().partition(" ")
            records.setdefault(name.lower(), []).append(text)
    tcp, udp = both_on_one_port()
    threading.Thread(target=serve_tcp, args=(tcp, records), daemon=True).start()
    print(tcp.getsockname()[1], flush=True)
    while True:
        packet, peer = udp.recvfrom(4096)
        udp.sendto(answer_to(packet, records, LONGEST_DATAGRAM), peer)


main()
