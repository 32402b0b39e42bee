package ntlm

import (
	"encoding/binary"
	"fmt"
)

// Version is the VERSION structure, MS-NLMP section 2.2.2.10. The sender writes
// what it likes: it serves to inform, never to decide.
type Version struct {
	Major, Minor uint8
	Build        uint16
	Revision     uint8 // NTLMRevisionCurrent, 15 from every Windows
}

// versionSize is the length of a VERSION structure on the wire.
const versionSize = 8

func parseVersion(b []byte) Version {
	return Version{Major: b[0], Minor: b[1], Build: binary.LittleEndian.Uint16(b[2:]), Revision: b[7]}
}

// String returns the version as "10.0.17763".
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Build)
}

// release is the part of a Version that names a product.
type release struct {
	major, minor uint8
	build        uint16
}

// releases names both the client and the server edition of a build, since the
// wire does not tell them apart.
var releases = map[release]string{
	{5, 0, 2195}:   "Windows 2000",
	{5, 1, 2600}:   "Windows XP",
	{5, 2, 3790}:   "Windows XP x64 or Server 2003",
	{6, 0, 6000}:   "Windows Vista",
	{6, 0, 6001}:   "Windows Vista SP1 or Server 2008",
	{6, 0, 6002}:   "Windows Vista SP2 or Server 2008 SP2",
	{6, 1, 7600}:   "Windows 7 or Server 2008 R2",
	{6, 1, 7601}:   "Windows 7 SP1 or Server 2008 R2 SP1",
	{6, 2, 9200}:   "Windows 8 or Server 2012",
	{6, 3, 9600}:   "Windows 8.1 or Server 2012 R2",
	{10, 0, 10240}: "Windows 10 1507",
	{10, 0, 10586}: "Windows 10 1511",
	{10, 0, 14393}: "Windows 10 1607 or Server 2016",
	{10, 0, 15063}: "Windows 10 1703",
	{10, 0, 16299}: "Windows 10 1709",
	{10, 0, 17134}: "Windows 10 1803",
	{10, 0, 17763}: "Windows 10 1809 or Server 2019",
	{10, 0, 18362}: "Windows 10 1903",
	{10, 0, 18363}: "Windows 10 1909",
	{10, 0, 19041}: "Windows 10 2004",
	{10, 0, 19042}: "Windows 10 20H2",
	{10, 0, 19043}: "Windows 10 21H1",
	{10, 0, 19044}: "Windows 10 21H2",
	{10, 0, 19045}: "Windows 10 22H2",
	{10, 0, 20348}: "Windows Server 2022",
	{10, 0, 22000}: "Windows 11 21H2",
	{10, 0, 22621}: "Windows 11 22H2",
	{10, 0, 22631}: "Windows 11 23H2",
	{10, 0, 25398}: "Windows Server 23H2",
	{10, 0, 26100}: "Windows 11 24H2 or Server 2025",
}

// Windows names the Windows releases that send this version, or "" if none is
// known to: 6.1.0 is Samba or impacket, 6.2.0 is gss-ntlmssp.
func (v Version) Windows() string {
	return releases[release{v.Major, v.Minor, v.Build}]
}
