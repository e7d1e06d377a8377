-- a long bracket that never ends
-- expect: fault unfinished long
--* 1 local x = [
--* 50000 =
--* 1 [

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
