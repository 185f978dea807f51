// The interop assembly on Mono, which stands in for .NET Framework: no NativeLibrary, RSA extensions in System.Core.
// The library is found by the system here; each line says what a call gave.

using System;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using M365ProfilePhoto.Interop.V1;

static class Interop
{
    static void Main(string[] arguments)
    {
        Console.WriteLine("abi " + Api.AbiMajor());
        Console.WriteLine("error " + (Api.NewSession("{\"\u00fc\": 1}").Error ?? "").Contains("\u00fc"));

        string config = "{\"environmentFile\": \"" + arguments[0] + "\"}";
        using (SessionHandle session = (SessionHandle)Api.NewSession(config).Value)
        {
            Console.WriteLine("connect " + RecordsOf(Api.Connect(session, "{}")).Length);
            string records = RecordsOf(Api.Compare(session, "{\"all\": true, \"includeUnchanged\": true}"));
            Console.WriteLine("people " + Regex.Matches(records, "\"identity\"").Count);
        }

        byte[] dot = Convert.FromBase64String(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
        Console.WriteLine("picture " + Api.InspectPicture(dot).Value);

        X509Certificate2 certificate = new X509Certificate2(arguments[1], "correct");
        Signer signer = (Signer)Certificates.SignerOf(certificate).Value;
        Console.WriteLine("signature " + signer.Sign("RS256", Encoding.ASCII.GetBytes("text")).Length);
    }

    static string RecordsOf(Reply started)
    {
        using (JobHandle job = (JobHandle)started.Value)
        {
            StringBuilder all = new StringBuilder();
            Progress progress;
            string records;
            do
            {
                progress = (Progress)Api.Wait(job, 200).Value;
                records = (string)Api.Next(job, 100).Value;
                if (records != "[]") all.Append(records);
            }
            while (progress.State == Api.Running || records != "[]");
            string error = Api.Result(job).Error;
            if (error != null) throw new InvalidOperationException(error);
            return all.ToString();
        }
    }
}
