Console.WriteLine("posebatch");
